import type { ParentKey } from '../../platform/list/list';
import { DomainError } from '../../platform/base/errors';
import { assertVersion } from '../../platform/operation/expected-version';
import { useCase } from '../../platform/operation/use-case';
import { lockPatient, pathOfPatient, namesPatient } from '../patient/patient-reference';
import type { PatientEntity } from '../patient/patient.entity';
import { lockSiteForDevice } from '../site/site-reference';
import { assertAcceptsDevices } from '../site/site-rules';
import type { SiteEntity } from '../site/site.entity';
import { changeTo, DEVICE_OPERATION, type DeviceResult } from './device-operation';
import type { DisassociateDeviceInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { assertHolder, atSite, isAtImpiloSite, keepsStatus, type DeviceState } from './device-rules';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';
import { findWarehousesOfOrders } from './device.repository';

/** Options of `disassociateDevice` and `disassociateDevices`. */
export const DISASSOCIATION = {
  ...DEVICE_OPERATION,
  action: 'device:associate',
  codes: [
    ...DEVICE_OPERATION.codes,
    'PATIENT_NOT_FOUND',
    'SITE_NOT_FOUND',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_ASSOCIATED_ELSEWHERE',
    'SITE_OPERATED_BY_IMPILO',
    'SITE_INACTIVE',
    'DEVICE_IN_TRANSIT',
  ],
} as const;

/**
 * Ends the association of a device in any status, and removes the device from its open order.
 */
export const disassociateDevice = useCase(
  { ...DISASSOCIATION, name: 'disassociateDevice' },
  async (ctx, tx, input: DisassociateDeviceInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    const patient = namesPatient(input) ? await lockPatient(tx, device.customerId, input, 'share') : undefined;
    const site = input.siteId == null ? undefined : await lockSiteForDevice(tx, device.customerId, input.siteId);
    const [warehouse] = await findWarehousesOfOrders(tx, [device]);
    const next = stateOfDisassociation(device, { patient, site, warehouse }, input);
    return changeTo(ctx, tx, device, next, DeviceStatusChangeReason.DISASSOCIATED, input);
  },
);

interface Disassociation {
  /** If given, must be the holder. */
  patient: PatientEntity | undefined;
  /** Where the device is now. */
  site: SiteEntity | undefined;
  /** Where the device still is if its order was not shipped. */
  warehouse: ParentKey | undefined;
}

/** Next state of a device whose association ends. */
export function stateOfDisassociation(
  device: DeviceEntity,
  { patient, site, warehouse }: Disassociation,
  input: DisassociateDeviceInput,
): DeviceState {
  assertVersion(device, input.expectedVersion, 'device');
  assertHolder(device);
  if (patient && patient.id !== device.patientId) {
    const message = 'Another patient has the device. Name that patient, or omit the patient.';
    throw new DomainError('DEVICE_ASSOCIATED_ELSEWHERE', message, pathOfPatient(input));
  }
  if (site) assertAcceptsDevices(site);
  return disassociated(device, site, warehouse);
}

/**
 * State after the association ends. The device leaves its open order.
 *
 * @param site where the device is now; if absent, the device keeps its site
 * @param warehouse that the device came from, if its order was not shipped: it is still there, unless its status says that the patient
 *   has it
 */
export function disassociated(device: DeviceState, site: ParentKey | undefined, warehouse?: ParentKey): DeviceState {
  if (site && device.currentStatus === DeviceStatus.IN_TRANSIT) {
    throw new DomainError('DEVICE_IN_TRANSIT', 'The device is in transit and cannot be at a site yet. Omit siteId.', [
      'input',
      'siteId',
    ]);
  }
  const place = site ?? (device.currentStatus === DeviceStatus.WITH_PATIENT ? undefined : warehouse);
  const next = { ...device, patientId: null, orderId: null, ...(place && atSite(place)) };
  return { ...next, currentStatus: statusWithoutHolder(next) };
}

function statusWithoutHolder(device: DeviceState): DeviceStatus {
  if (keepsStatus(device.currentStatus)) return device.currentStatus;
  if (isAtImpiloSite(device)) return DeviceStatus.AVAILABLE;
  return device.siteId === null ? DeviceStatus.RETURNING : DeviceStatus.AVAILABLE_AT_SITE;
}

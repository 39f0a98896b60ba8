import { DomainError } from '../../platform/base/errors';
import type { Tx } from '../../platform/db/session';
import { assertVersion } from '../../platform/operation/expected-version';
import { reasonRule } from '../../platform/operation/input-rules';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { changeDevice } from '../device/device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from '../device/device-operation';
import { lockDevice } from '../device/device-reference';
import { isReturning, isUnchanged, refuse, type DeviceState } from '../device/device-rules';
import { DeviceStatusChangeReason } from '../device/device-status';
import type { DeviceEntity } from '../device/device.entity';
import { lockPatient, namesPatient } from '../patient/patient-reference';
import { assertNotArchived } from '../patient/patient-rules';
import { lockSiteForDevice } from '../site/site-reference';
import { assertAcceptsDevices } from '../site/site-rules';
import type { CancelReturnInput } from './order-operation.input';
import { kept } from './order-rules';

/**
 * Records the fact that a device does not come back: it is with a patient or at a site of its customer. Its return leg ends. The
 * order of the replacement stays as it is. A repeated call changes nothing.
 */
export const cancelReturn = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'cancelReturn',
    action: 'device:replace',
    codes: [
      ...DEVICE_OPERATION.codes,
      'PATIENT_NOT_FOUND',
      'PATIENT_ARCHIVED',
      'SITE_NOT_FOUND',
      'SITE_OPERATED_BY_IMPILO',
      'SITE_INACTIVE',
      'DEVICE_NOT_RETURNING',
    ],
    input: { reason: reasonRule },
  },
  async (ctx, tx, input: CancelReturnInput): Promise<DeviceResult> => {
    assertOnePlace(input);
    const device = await lockDevice(tx, input);
    const { next, assertOpen } = await placeOf(tx, device, input);
    if (isUnchanged(device, next)) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion, 'device');
    assertOpen();
    if (!isReturning(device)) {
      const message =
        'Only a device on its way back can be kept. This one has a holder or a site, or is in an open order. Associate or disassociate it instead.';
      refuse('DEVICE_NOT_RETURNING', message);
    }
    const cause = causeOf(ctx, { note: input.reason });
    const reason = DeviceStatusChangeReason.RETURN_CANCELLED;
    return changeDevice(tx, device, next, { reason, orderId: device.returnOrderId, ...cause });
  },
);

function assertOnePlace(input: CancelReturnInput): void {
  const withPatient = namesPatient(input);
  if (withPatient && input.siteId != null) {
    const message = 'The device is with a patient or at a site. Omit one of them.';
    throw new DomainError('INVALID_INPUT', message, ['input', 'siteId']);
  }
  if (!withPatient && input.siteId == null) {
    const message = 'Say where the device is. Give patientId, patientExternalIdentifier or siteId.';
    throw new DomainError('REFERENCE_MISSING', message, ['input', 'patientId']);
  }
}

/** The state of the device at the place that the input names, and the rules of that place. */
async function placeOf(
  tx: Tx,
  device: DeviceEntity,
  input: CancelReturnInput,
): Promise<{ next: DeviceState; assertOpen: () => void }> {
  if (input.siteId != null) {
    const site = await lockSiteForDevice(tx, device.customerId, input.siteId);
    return { next: kept(device, { site }), assertOpen: () => assertAcceptsDevices(site) };
  }
  const patient = await lockPatient(tx, device.customerId, input, 'share');
  assertNotArchived(patient, input);
  return { next: kept(device, { patientId: patient.id }), assertOpen: () => undefined };
}

import { assertVersion } from '../../platform/operation/expected-version';
import { useCase } from '../../platform/operation/use-case';
import { lockPatient } from '../patient/patient-reference';
import { assertNotArchived } from '../patient/patient-rules';
import type { PatientEntity } from '../patient/patient.entity';
import { changeTo, DEVICE_OPERATION, type DeviceResult } from './device-operation';
import type { AssociateDeviceInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { assertHasSite, assertNotAtImpiloSite, assertNotInTransit, refuse, type DeviceState } from './device-rules';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';

/** Options of `associateDevice` and `associateDevices`. */
export const ASSOCIATION = {
  ...DEVICE_OPERATION,
  action: 'device:associate',
  codes: [
    ...DEVICE_OPERATION.codes,
    'PATIENT_NOT_FOUND',
    'PATIENT_ARCHIVED',
    'DEVICE_IN_TRANSIT',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_WITHOUT_SITE',
    'DEVICE_NOT_AVAILABLE_AT_SITE',
  ],
} as const;

/**
 * Associates a device with a patient. A repeated call for the same patient succeeds and emits nothing, so clients can retry.
 */
export const associateDevice = useCase(
  { ...ASSOCIATION, name: 'associateDevice' },
  async (ctx, tx, input: AssociateDeviceInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    const patient = await lockPatient(tx, device.customerId, input, 'share');
    const next = stateOfAssociation(device, patient, input);
    return changeTo(ctx, tx, device, next, DeviceStatusChangeReason.ASSOCIATED, input);
  },
);

/** Next state of a device that a patient receives. Null when the patient has it already. */
export function stateOfAssociation(
  device: DeviceEntity,
  patient: PatientEntity,
  input: AssociateDeviceInput,
): DeviceState | null {
  assertNotArchived(patient, input);
  if (device.patientId === patient.id) return null;
  assertVersion(device, input.expectedVersion, 'device');
  return associated(device, patient.id);
}

/** State with a new holder. Asserts rules 3 and 4 of docs/glossary.md#associating. */
export function associated(device: DeviceState, patientId: string): DeviceState {
  assertNotInTransit(device);
  if (device.patientId !== null) refuse('DEVICE_ASSOCIATED', 'Another patient has the device. Disassociate it first.');
  assertNotAtImpiloSite(device);
  assertHasSite(device);
  if (device.currentStatus !== DeviceStatus.AVAILABLE_AT_SITE) {
    refuse(
      'DEVICE_NOT_AVAILABLE_AT_SITE',
      `The device is ${device.currentStatus}. Only a device that is AVAILABLE_AT_SITE can be associated. Update its status first.`,
    );
  }
  return { ...device, currentStatus: DeviceStatus.WITH_PATIENT, patientId };
}

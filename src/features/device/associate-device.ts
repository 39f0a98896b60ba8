import { causeOf, useCase } from '../../platform/operation/use-case';
import { lockPatient } from '../patient/patient-reference';
import { assertNotArchived } from '../patient/patient-rules';
import { changeDevice } from './device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from './device-operation';
import type { AssociateDeviceInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import {
  assertHasSite,
  assertNotAtImpiloSite,
  assertNotUnderWay,
  assertVersion,
  refuse,
  type DeviceState,
} from './device-rules';
import { DeviceStatus, StatusChangeReason } from './device-status';

/**
 * Associates a device with a patient. Repeating the call for the patient who already has it succeeds and emits nothing, so
 * clients may retry.
 *
 * @throws DomainError with the code of the first rule that does not hold, see domain.md
 */
export const associateDevice = useCase(
  { ...DEVICE_OPERATION, name: 'associateDevice', action: 'device:associate' },
  async (ctx, tx, input: AssociateDeviceInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    const patient = await lockPatient(tx, device.customerId, input, 'share');
    assertNotArchived(patient, input);
    if (device.patientId === patient.id) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion);
    const cause = { reason: StatusChangeReason.ASSOCIATED, ...causeOf(ctx, input) };
    return changeDevice(tx, device, associated(device, patient.id), cause);
  },
);

/** By hand, with a patient who does not have it yet; the guide's rules 3 and 4. */
export function associated(device: DeviceState, patientId: string): DeviceState {
  assertNotUnderWay(device);
  if (device.patientId !== null) refuse('DEVICE_ASSOCIATED', 'Another patient has the device: disassociate it first.');
  assertNotAtImpiloSite(device);
  assertHasSite(device);
  if (device.currentStatus !== DeviceStatus.AVAILABLE_AT_SITE) {
    refuse(
      'DEVICE_NOT_AVAILABLE_AT_SITE',
      `The device is ${device.currentStatus}, and only one that is AVAILABLE_AT_SITE can be associated: update its status first.`,
    );
  }
  return { ...device, currentStatus: DeviceStatus.WITH_PATIENT, patientId };
}

import type { Tx } from '../db/session';
import { DomainError } from '../shared/errors';
import { parseId } from '../shared/global-id';
import { UserErrorCode } from '../shared/user-error-code';
import type { DeviceEntity } from './device.entity';
import { normalizeIdentifier } from './device-rules';
import { lockDevices } from './device.repository';

/** How an input names a device: by id, by any of its identifiers, or by both, which must agree. */
export interface DeviceReference {
  deviceId?: string | null;
  deviceIdentifier?: string | null;
}

/** The member of the input that names the device, for refusals. */
export function pathOfDevice(reference: DeviceReference): string[] {
  return ['input', reference.deviceId == null && reference.deviceIdentifier != null ? 'deviceIdentifier' : 'deviceId'];
}

/**
 * Finds the device that an input names and takes its row lock until the transaction ends.
 *
 * @throws DomainError REFERENCE_MISSING, DEVICE_NOT_FOUND, REFERENCE_MISMATCH
 */
export async function lockDevice(tx: Tx, reference: DeviceReference): Promise<DeviceEntity> {
  const { deviceId, deviceIdentifier } = reference;
  if (deviceId == null && deviceIdentifier == null) {
    throw new DomainError(
      UserErrorCode.REFERENCE_MISSING,
      'Give deviceId or deviceIdentifier.',
      pathOfDevice(reference),
    );
  }
  const id = deviceId == null ? undefined : parseId('Device', deviceId, 'input.deviceId');
  if (id === null) throw deviceNotFound('deviceId');
  const normalized = deviceIdentifier == null ? undefined : normalizeIdentifier(deviceIdentifier);
  const found = await lockDevices(tx, { id, normalized });
  const byId = found.find((device) => device.id === id);
  if (id !== undefined && !byId) throw deviceNotFound('deviceId');
  const byIdentifier = found.find((device) => device.byIdentifier);
  if (normalized !== undefined && !byIdentifier) throw deviceNotFound('deviceIdentifier');
  if (byId && byIdentifier && byId !== byIdentifier) {
    throw new DomainError(UserErrorCode.REFERENCE_MISMATCH, 'deviceId and deviceIdentifier name different devices.', [
      'input',
      'deviceIdentifier',
    ]);
  }
  const { byIdentifier: _named, ...device } = (byId ?? byIdentifier)!;
  return device;
}

function deviceNotFound(member: string): DomainError {
  return new DomainError(UserErrorCode.DEVICE_NOT_FOUND, `There is no such device: check ${member}.`, [
    'input',
    member,
  ]);
}

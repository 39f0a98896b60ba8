import type { Tx } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { resolveReference } from '../../platform/list/named-row';
import type { DeviceEntity } from './device.entity';
import { identifierKeys, type IdentifierKey } from './device-identifier-forms';
import { lockDevices } from './device.repository';

/** Reference to a device in an input: an id, any identifier, or both. Both must name the same device. */
export interface DeviceReference {
  deviceId?: string | null;
  deviceIdentifier?: string | null;
}

/** Path of the input field that names the device, for refusals. */
export function pathOfDevice(reference: DeviceReference): string[] {
  return ['input', reference.deviceId == null && reference.deviceIdentifier != null ? 'deviceIdentifier' : 'deviceId'];
}

/** A parsed reference. `id` is null for a global id of another type, which no device has. */
export interface DeviceKeys {
  id: string | null | undefined;
  keys: readonly IdentifierKey[] | undefined;
}

/** @throws DomainError REFERENCE_MISSING; InvalidValueError */
export function keysOfDevice(reference: DeviceReference): DeviceKeys {
  const { deviceId, deviceIdentifier } = reference;
  if (deviceId == null && deviceIdentifier == null) {
    throw new DomainError('REFERENCE_MISSING', 'Give deviceId or deviceIdentifier.', pathOfDevice(reference));
  }
  return {
    id: deviceId == null ? undefined : parseId('Device', deviceId, ['input', 'deviceId']),
    keys: deviceIdentifier == null ? undefined : identifierKeys(deviceIdentifier),
  };
}

/**
 * Finds the referenced device and locks its row until the transaction ends.
 *
 * @throws DomainError REFERENCE_MISSING, DEVICE_NOT_FOUND, REFERENCE_MISMATCH
 */
export async function lockDevice(tx: Tx, reference: DeviceReference): Promise<DeviceEntity> {
  const { id, keys } = keysOfDevice(reference);
  const found = id === null ? [] : await lockDevices(tx, { id, keys });
  const { byIdentifier: _named, ...device } = resolveDeviceReference(reference, {
    byId: found.find((one) => one.id === id),
    byIdentifier: found.find((one) => one.byIdentifier),
  });
  return device;
}

/**
 * Picks the referenced device from the rows that were found by id and by identifier.
 *
 * @param path of the reference in the input
 * @throws DomainError DEVICE_NOT_FOUND, REFERENCE_MISMATCH
 */
export function resolveDeviceReference<Found extends { id: string }>(
  reference: DeviceReference,
  { byId, byIdentifier }: { byId: Found | undefined; byIdentifier: Found | undefined },
  path?: readonly string[],
): Found {
  const named = [
    { member: 'deviceId', row: byId },
    { member: 'deviceIdentifier', row: byIdentifier },
  ] as const;
  return resolveReference('device', reference, named, path);
}

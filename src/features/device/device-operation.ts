import type { Tx } from '../../platform/db/session';
import { noteRule } from '../../platform/operation/input-rules';
import type { DeviceChange } from './device-change';
import { findOpenAssociation } from './device-history.repository';
import { pathOfDevice } from './device-reference';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { DeviceEntity } from './device.entity';

/** What every operation on a device returns. */
export interface DeviceResult extends Omit<DeviceChange, 'statusChange'> {
  /** Null when nothing had to change; the association is the open one then. */
  statusChange: DeviceStatusChangeEntity | null;
}

const DEVICE_CODES = ['REFERENCE_MISSING', 'DEVICE_NOT_FOUND', 'REFERENCE_MISMATCH', 'STALE_VERSION'] as const;

/** What the use cases of one device have in common: a refusal that names no member of the input is about the device. */
export const DEVICE_OPERATION = { input: { note: noteRule }, subject: pathOfDevice, codes: DEVICE_CODES };

/** The result of an operation that finds the device as it shall be. */
export async function unchanged(tx: Tx, device: DeviceEntity): Promise<DeviceResult> {
  return { device, association: await findOpenAssociation(tx, device), statusChange: null };
}

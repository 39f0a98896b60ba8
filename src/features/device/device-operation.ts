import type { Tx } from '../../platform/db/session';
import { noteRule } from '../../platform/operation/input-rules';
import type { RequestContext } from '../../platform/operation/request-context';
import { causeOf } from '../../platform/operation/use-case';
import { changeDevice, type DeviceChange } from './device-change';
import { findOpenAssociation } from './device-history.repository';
import type { DeviceInput } from './device-operation.input';
import { pathOfDevice } from './device-reference';
import type { DeviceState } from './device-rules';
import type { DeviceStatusChangeReason } from './device-status';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { DeviceEntity } from './device.entity';

/** Result of every operation on a device. */
export interface DeviceResult extends Omit<DeviceChange, 'statusChange'> {
  /** Null when there was nothing to change. `association` is then the open one. */
  statusChange: DeviceStatusChangeEntity | null;
}

const DEVICE_CODES = ['REFERENCE_MISSING', 'DEVICE_NOT_FOUND', 'REFERENCE_MISMATCH', 'STALE_VERSION'] as const;

/** Options of all use cases on one device. A refusal without a path gets the path of the field that names the device. */
export const DEVICE_OPERATION = { input: { note: noteRule }, subject: pathOfDevice, codes: DEVICE_CODES };

/** Result of an operation that has nothing to change. */
export async function unchanged(tx: Tx, device: DeviceEntity): Promise<DeviceResult> {
  return { device, association: await findOpenAssociation(tx, device), statusChange: null };
}

/** Changes a locked device to the next state. @param next null when there is nothing to change */
export async function changeTo(
  ctx: RequestContext,
  tx: Tx,
  device: DeviceEntity,
  next: DeviceState | null,
  reason: DeviceStatusChangeReason,
  input: DeviceInput,
): Promise<DeviceResult> {
  return next === null ? unchanged(tx, device) : changeDevice(tx, device, next, { reason, ...causeOf(ctx, input) });
}

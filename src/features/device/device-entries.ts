import type { Tx } from '../../platform/db/session';
import { assertFirst, type Entries, type Entry } from '../../platform/operation/entries';
import type { RequestContext } from '../../platform/operation/request-context';
import { causeOf } from '../../platform/operation/use-case';
import { changeDevices } from './device-change';
import { findOpenAssociations } from './device-history.repository';
import type { DeviceResult } from './device-operation';
import type { DeviceInput } from './device-operation.input';
import { keysOfDevice, resolveDeviceReference } from './device-reference';
import type { DeviceState } from './device-rules';
import type { DeviceStatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';
import { lockNamedDevices } from './device.repository';
import { IdentifiedDevices } from './identified-devices';

/** Error codes that only the bulk form of an operation on devices has. */
export const BULK_DEVICE_CODES = ['DUPLICATE_ENTRY'] as const;

/** An entry of a bulk call with its locked device. */
export interface DeviceEntry<Input extends object> extends Entry<Input> {
  readonly device: DeviceEntity;
}

/** An entry with the next state of its device. Null when there is nothing to change. */
interface JudgedEntry<Input extends object> extends DeviceEntry<Input> {
  readonly next: DeviceState | null;
}

/**
 * `lockDevice` for the entries of a bulk call, in id order. An entry that names the device of an earlier one is refused: each
 * device changes at most once, so all changes of the call can be written together.
 */
export async function lockDevicesOf<Input extends DeviceInput>(
  tx: Tx,
  entries: Entries<Input, DeviceResult>,
): Promise<DeviceEntry<Input>[]> {
  const named = entries.each(entries.checked, ({ input }) => ({ keys: keysOfDevice(input) }));
  const found = await lockNamedDevices(
    tx,
    named.flatMap(({ keys: { id } }) => id ?? []),
    named.flatMap(({ keys: { keys } }) => keys ?? []),
  );
  const byId = new Map(found.map(({ device }) => [device.id, device]));
  const identified = new IdentifiedDevices(found);
  const seen = new Set<string>();
  return entries.each(named, ({ index, input, keys: { id, keys } }) => {
    const device = resolveDeviceReference(input, {
      byId: id == null ? undefined : byId.get(id),
      byIdentifier: keys && identified.find(keys),
    });
    assertFirst(seen, device.id, 'device');
    return { index, input, device };
  });
}

/** `changeTo` for the entries of a bulk call. */
export async function changeDevicesOf<Input extends DeviceInput>(
  ctx: RequestContext,
  tx: Tx,
  entries: Entries<Input, DeviceResult>,
  judged: readonly JudgedEntry<Input>[],
  reason: DeviceStatusChangeReason,
): Promise<void> {
  const changing = judged.flatMap(({ next, ...entry }) => (next === null ? [] : [{ ...entry, next }]));
  const keeping = judged.filter(({ next }) => next === null);
  const transitions = changing.map(({ device, next, input }) => ({ device, next, note: input.note ?? null }));
  const changes = await changeDevices(tx, transitions, { reason, ...causeOf(ctx, {}) });
  const open = await findOpenAssociations(
    tx,
    keeping.map(({ device }) => device),
  );
  const associations = new Map(open.map((association) => [association.deviceId, association]));
  changing.forEach((entry, position) => entries.succeed(entry, changes[position]!));
  for (const entry of keeping) {
    const { device } = entry;
    entries.succeed(entry, { device, association: associations.get(device.id) ?? null, statusChange: null });
  }
}

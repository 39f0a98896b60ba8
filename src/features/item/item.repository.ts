import type { Session } from '../../platform/db/session';
import { bigint, raw } from '../../platform/db/sql';
import { KINDS, type ReadingKind } from '../kind/reading-kind';

const SENT_KINDS = raw(
  KINDS.map(
    ({ kind, activityColumn }) => `case when bool_or(a.${activityColumn} is not null) then '${kind}' end`,
  ).join(),
);

/**
 * The kinds of readings that devices of an item have sent.
 *
 * Reads the times of the newest readings, one row per device, so that the cost depends on the number of devices and not on that
 * of readings. It scans all devices: an index for a mutation that is rare would slow down every change of a device.
 */
export async function findSentKinds(session: Session, itemId: string): Promise<ReadingKind[]> {
  const [row] = await session.sql<{ kinds: ReadingKind[] }>`/* sent_kinds_of_item */
    select array_remove(array[${SENT_KINDS}], null) as kinds
    from device d join device_activity a on a.customer_id = d.customer_id and a.device_id = d.id
    where d.item_id = ${bigint(itemId)}`;
  return row!.kinds;
}

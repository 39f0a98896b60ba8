import type { Session, Tx } from '../../platform/db/session';
import { raw, sql, unnest } from '../../platform/db/sql';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { KINDS } from '../kind/reading-kind';
import type { ReadingOwner } from './activity.entity';

/** The newest of the readings of a kind that were just stored for a device or a patient. */
export interface Activity extends ParentKey {
  kindNumber: number;
  /** Earlier of the times at which it was taken and received. */
  at: Date;
}

const COLUMNS = KINDS.map(({ activityColumn }) => activityColumn);
const NEWEST = raw(KINDS.map(({ number }) => `max(n.at) filter (where n.kind = ${number})`).join(', '));
const LATER = raw(COLUMNS.map((column) => `greatest(a.${column}, excluded.${column})`).join(', '));
const CURRENT = raw(COLUMNS.map((column) => `a.${column}`).join(', '));
const LAST = raw(COLUMNS.map((column) => `x.${column}`).join(', '));
const NAMES = raw(COLUMNS.join(', '));

/**
 * Records the times of the newest readings of devices or patients. A reading older than the newest changes nothing.
 *
 * Rows are locked in the order of their ids, because two batches may update the same rows. Only the commit waits for the
 * statement.
 */
export function noteActivity(tx: Tx, owner: ReadingOwner, activity: readonly Activity[]): void {
  if (activity.length === 0) return;
  const rows = unnest(
    activity,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id],
    ['int2', ({ kindNumber }) => kindNumber],
    ['timestamptz', ({ at }) => at],
  );
  const key = raw(`customer_id, ${owner}_id`);
  tx.send(sql`/* note_${raw(owner)}_activity */ insert into ${raw(owner)}_activity as a (${key}, ${NAMES})
    select n.customer_id, n.id, ${NEWEST} from ${rows} n(customer_id, id, kind, at)
    group by n.customer_id, n.id order by n.id
    on conflict (${key}) do update set (${NAMES}) = row(${LATER}) where row(${LATER}) is distinct from row(${CURRENT})`);
}

/**
 * Time of the newest reading of each parent, or null. It is computed from the columns of the kinds: for the column
 * `last_reading_at`, PostgreSQL would scan all entries of the customer in the index for sorting, to avoid reading the row.
 */
async function findLastReadingTimes(
  session: Session,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
): Promise<(Date | null)[]> {
  const rows = await session.sql<{ parent: number; latestReadingAt: Date | null }>`/* last_reading_by_${raw(owner)} */
    select k.n::int as parent, a.last_reading_at as "latestReadingAt" from ${keysTable(parents)} cross join lateral (
      select greatest(${LAST}) as last_reading_at from ${raw(owner)}_activity x
      where x.customer_id = k.customer_id and x.${raw(owner)}_id = k.id limit 1
    ) a`;
  const times = parents.map((): Date | null => null);
  for (const { parent, latestReadingAt } of rows) times[parent - 1] = latestReadingAt;
  return times;
}

const latestReadingAtOf = (owner: ReadingOwner) =>
  defineLoader<ParentKey, Date | null>(`last_reading_by_${owner}`, parentCacheKey, (ctx, parents) =>
    findLastReadingTimes(ctx.session, owner, parents),
  );

export const latestReadingAtByDevice = latestReadingAtOf('device');
export const latestReadingAtByPatient = latestReadingAtOf('patient');

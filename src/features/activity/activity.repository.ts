import type { Session, Tx } from '../../platform/db/session';
import { raw, sql, unnest } from '../../platform/db/sql';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { KINDS } from '../kind/reading-kind';
import type { ReadingOwner } from './activity.entity';

/** The newest reading of a kind that a device or a patient was just given. */
export interface Activity extends ParentKey {
  kindNumber: number;
  takenAt: Date;
}

const COLUMNS = KINDS.map(({ activityColumn }) => activityColumn);
const NEWEST = raw(KINDS.map(({ number }) => `max(n.taken_at) filter (where n.kind = ${number})`).join(', '));
const LATER = raw(COLUMNS.map((column) => `greatest(a.${column}, excluded.${column})`).join(', '));
const CURRENT = raw(COLUMNS.map((column) => `a.${column}`).join(', '));
const LAST = raw(COLUMNS.map((column) => `x.${column}`).join(', '));
const NAMES = raw(COLUMNS.join(', '));

/**
 * Notes when devices, or patients, had their last readings; an earlier reading than the last changes nothing.
 *
 * Rows are taken in the order of their ids, as two batches may concern the same ones. Nobody waits for it but the commit.
 */
export function noteActivity(tx: Tx, owner: ReadingOwner, activity: readonly Activity[]): void {
  if (activity.length === 0) return;
  const rows = unnest(
    activity,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id],
    ['int2', ({ kindNumber }) => kindNumber],
    ['timestamptz', ({ takenAt }) => takenAt],
  );
  const key = raw(`customer_id, ${owner}_id`);
  tx.send(sql`/* note_${raw(owner)}_activity */ insert into ${raw(owner)}_activity as a (${key}, ${NAMES})
    select n.customer_id, n.id, ${NEWEST} from ${rows} n(customer_id, id, kind, taken_at)
    group by n.customer_id, n.id order by n.id
    on conflict (${key}) do update set (${NAMES}) = row(${LATER}) where row(${LATER}) is distinct from row(${CURRENT})`);
}

/**
 * When the last reading of each parent was taken; null when there was none. From the columns of the kinds: `last_reading_at` is
 * in the index that lists are sorted by, all of which PostgreSQL would walk for a customer to spare itself the row.
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

import { raw, sql, type Fragment } from '../../platform/db/sql';
import type { ColumnTypes } from '../../platform/db/table';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, parentCacheKey, type LoaderDefinition } from '../../platform/list/loader';
import type { RowsBelowKey } from '../../platform/list/rows-below';
import { KINDS } from '../kind/reading-kind';
import type { ReadingOwner } from './activity.entity';

const COLUMNS = KINDS.map(({ activityColumn }) => activityColumn);
const NEWEST = raw(KINDS.map(({ number }) => `max(n.at) filter (where n.kind = ${number})`).join(', '));
const LATER = raw(COLUMNS.map((column) => `greatest(a.${column}, excluded.${column})`).join(', '));
const CURRENT = raw(COLUMNS.map((column) => `a.${column}`).join(', '));
const LAST = raw(COLUMNS.map((column) => `x.${column}`).join(', '));
const NAMES = raw(COLUMNS.join(', '));

/**
 * Part of a statement: notes the times of the newest readings of devices or patients. A reading older than the newest changes nothing.
 *
 * Rows are locked in the order of their ids, because two batches may update the same rows.
 *
 * @param stored table of readings, with their effective times as `at`
 */
export function noteActivity(owner: ReadingOwner, stored: Fragment): Fragment {
  const id = raw(`${owner}_id`);
  return sql`insert into ${raw(owner)}_activity as a (customer_id, ${id}, ${NAMES})
    select n.customer_id, n.${id}, ${NEWEST} from ${stored} n where n.${id} is not null
    group by n.customer_id, n.${id} order by n.${id}
    on conflict (customer_id, ${id}) do update set (${NAMES}) = row(${LATER}) where row(${LATER}) is distinct from row(${CURRENT})`;
}

const LATEST_READING_AT = 'latestReadingAt';

/**
 * Time of the newest reading of the parent `k`, or null. It is computed from the columns of the kinds: for the column
 * `last_reading_at`, PostgreSQL would scan all entries of the customer in the index for sorting, to avoid reading the row.
 */
function lastReadingTime(owner: ReadingOwner): RowsBelowKey {
  const rows = sql`select greatest(${LAST}) as ${raw(`"${LATEST_READING_AT}"`)} from ${raw(owner)}_activity x
      where x.customer_id = k.customer_id and x.${raw(owner)}_id = k.id limit 1`;
  return { columns: TIMES, rows, isOne: true, member: LATEST_READING_AT };
}

const TIMES: ColumnTypes = { typeOf: () => ({ type: 'timestamptz', isNullable: true }) };

function latestReadingAtOf(owner: ReadingOwner): LoaderDefinition<ParentKey, Date | null> {
  const name = `last_reading_by_${owner}`;
  const below = lastReadingTime(owner);
  const loader = defineLoader<ParentKey, Date | null>(name, parentCacheKey, async ({ session }, parents) => {
    const rows = await session.sql<{ parent: number; latestReadingAt: Date | null }>`/* ${raw(name)} */
      select k.n::int as parent, a.* from ${keysTable(parents)} cross join lateral (${below.rows}) a`;
    const times = parents.map((): Date | null => null);
    for (const { parent, latestReadingAt } of rows) times[parent - 1] = latestReadingAt;
    return times;
  });
  return { ...loader, below };
}

export const latestReadingAtByDevice = latestReadingAtOf('device');
export const latestReadingAtByPatient = latestReadingAtOf('patient');

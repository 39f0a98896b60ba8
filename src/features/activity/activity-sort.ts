import { raw, sql, timestamptz, type Fragment } from '../../platform/db/sql';
import { timeAt, type SortRule } from '../../platform/list/keyset';

/**
 * The order by when a device or a patient had its last reading. Those that never had one stand at -infinity: first when
 * ascending, as the contract has it.
 *
 * @param owner the table, whose activity is in a table of its own
 * @param alias of the owner in the list
 */
export function byLastReading(owner: 'device' | 'patient', alias: string): SortRule<object> {
  return {
    expression: 'x.last_reading_at',
    valueAt: timeAt,
    cursorValue: (row) => (row as { sortValue: string }).sortValue,
    joined: {
      join: `join ${owner}_activity x on x.customer_id = ${alias}.customer_id and x.${owner}_id = ${alias}.id`,
      id: `x.${owner}_id`,
      // A cursor's parts have no spaces.
      value: `replace(x.last_reading_at::text, ' ', 'T')`,
    },
  };
}

/** That the last reading was taken before an instant, or that there was none. */
export function lastReadingBefore(owner: 'device' | 'patient', alias: string) {
  const own = raw(`${owner}_activity s where s.customer_id = ${alias}.customer_id and s.${owner}_id = ${alias}.id`);
  return (instant: Date): Fragment => sql`exists (select from ${own} and s.last_reading_at < ${timestamptz(instant)})`;
}

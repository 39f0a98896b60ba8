import { all, raw, sql, timestamptz, type Fragment } from '../../platform/db/sql';
import { DateTimeRange } from '../../platform/graphql/date-time-range.type';
import { filterMember } from '../../platform/graphql/filter-members';
import { DateTime } from '../../platform/graphql/scalars.type';
import { within } from '../../platform/list/filter';
import { timeAt, type SortRule } from '../../platform/list/keyset';
import type { ReadingOwner } from './activity.entity';

/**
 * The order by when a device or a patient had its last reading. Those that never had one sort as -infinity: first when
 * ascending.
 *
 * @param owner the table, whose activity is in a table of its own
 * @param alias of the owner in the list
 */
export function byLastReading(owner: ReadingOwner, alias: string, description: string): SortRule<object> {
  return {
    description,
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

/** Those without a reading since an instant, also those that never had one; and those whose newest one lies in a range. */
export function activityFilters(owner: ReadingOwner, alias: string, plural: string) {
  const newest = (condition: Fragment) =>
    sql`exists (select from ${raw(owner)}_activity s
          where s.customer_id = ${raw(alias)}.customer_id and s.${raw(owner)}_id = ${raw(alias)}.id and ${condition})`;
  return {
    latestReadingAt: filterMember(
      DateTimeRange,
      (range) => newest(all(within('s.last_reading_at', range), sql`s.last_reading_at > '-infinity'`)),
      `${plural} whose newest reading was taken in this range.`,
    ),
    silentSince: filterMember(
      DateTime,
      (instant) => newest(sql`s.last_reading_at < ${timestamptz(instant)}`),
      `${plural} without a reading that was taken at this instant or later; also those that never had one.`,
    ),
  };
}

import { all, raw, sql, timestamptz, type Fragment } from '../../platform/db/sql';
import { DateTimeRange } from '../../platform/graphql/date-time-range.type';
import { filterMember } from '../../platform/graphql/filter-members';
import { DateTime } from '../../platform/graphql/scalars.type';
import { within } from '../../platform/list/filter';
import { indexedForOperators, selectedValue, timeAt, type SortRule } from '../../platform/list/keyset';
import type { ReadingOwner } from './activity.entity';

/**
 * Sorts devices or patients by the time of their newest reading. Those without a reading have -infinity and come first in
 * ascending order.
 *
 * @param owner table of the list; its activity is in a separate table
 * @param alias of the owner in the list
 */
export function byLastReading(owner: ReadingOwner, alias: string, description: string): SortRule<object> {
  return indexedForOperators({
    description,
    expression: 'x.last_reading_at',
    valueAt: timeAt,
    selected: 'x.last_reading_at::text',
    cursorValue: selectedValue,
    joined: {
      join: `join ${owner}_activity x on x.customer_id = ${alias}.customer_id and x.${owner}_id = ${alias}.id`,
      id: `x.${owner}_id`,
    },
  });
}

/** Filters by the time of the newest reading. */
export function activityFilters(owner: ReadingOwner, alias: string, plural: string) {
  const newest = (condition: Fragment) =>
    sql`exists (select from ${raw(owner)}_activity s
          where s.customer_id = ${raw(alias)}.customer_id and s.${raw(owner)}_id = ${raw(alias)}.id and ${condition})`;
  return {
    latestReadingAt: filterMember(
      DateTimeRange,
      (range) => newest(all(within('s.last_reading_at', range), sql`s.last_reading_at > '-infinity'`)),
      `${plural} with their newest reading in this range.`,
    ),
    silentSince: filterMember(
      DateTime,
      (instant) => newest(sql`s.last_reading_at < ${timestamptz(instant)}`),
      `${plural} with no reading at or after this time, including those with no reading at all.`,
    ),
  };
}

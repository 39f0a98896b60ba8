import { all, raw, sql, timestamptz, type Fragment } from '../../platform/db/sql';
import { DateTimeRange } from '../../platform/graphql/date-time-range.type';
import { filterMember } from '../../platform/graphql/filter-members';
import { DateTime } from '../../platform/graphql/scalars.type';
import { InRange } from '../../platform/list/in-range';
import { within } from '../../platform/list/filter';
import { indexedForOperators, selectedValue, timeAt, type SortRule } from '../../platform/list/keyset';
import { KINDS } from '../kind/reading-kind';
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
  const from = `${owner}_activity s`;
  const id = `s.${owner}_id`;
  const ofRow = raw(`from ${from} where s.customer_id = ${alias}.customer_id and ${id} = ${alias}.id`);
  const newest = (conditionOf: (column: string) => Fragment) => {
    const condition = conditionOf(LAST_READING_AT);
    const exists = sql`exists (select ${ofRow} and ${condition})`;
    // Of devices, a page of frequent ones would read 336 pages of memory; planned for the time, at most 306.
    if (owner === 'device') return exists;
    return new InRange(exists, {
      from,
      alias: 's',
      id,
      condition,
      ofRow: conditionOf(NEWEST),
      column: LAST_READING_AT,
    });
  };
  return {
    latestReadingAt: filterMember(
      DateTimeRange,
      (range) => newest((column) => all(within(column, range), raw(`${column} > '-infinity'`))),
      `${plural} with their newest reading in this range.`,
    ),
    silentSince: filterMember(
      DateTime,
      (instant) => newest((column) => sql`${raw(column)} < ${timestamptz(instant)}`),
      `${plural} with no reading at or after this time, including those with no reading at all.`,
    ),
  };
}

const LAST_READING_AT = 's.last_reading_at';
/** What PostgreSQL generates this column from. */
const NEWEST = `greatest('-infinity', ${KINDS.map(({ activityColumn }) => `s.${activityColumn}`).join(', ')})`;

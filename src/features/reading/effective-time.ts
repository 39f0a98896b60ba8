import { filterMember } from '../../platform/graphql/filter-members';
import { isoTime, raw, sql, type Fragment } from '../../platform/db/sql';
import { timeAt, type SortRule } from '../../platform/list/keyset';
import type { FilterMember } from '../../platform/list/definition';

/** How far `takenAt` can be ahead of `receivedAt`. A reading that is further ahead is refused. */
export const MAX_AHEAD_MS = 24 * 3_600_000;
/**
 * The same in SQL, and a second more. Lists and trends read this much further by `taken_at` to find readings whose effective time is
 * earlier.
 */
export const MAX_AHEAD = raw(`interval '24:00:01'`);

/** Clocks of devices are rarely right to the second. */
const TOLERANCE_MINUTES = 10;

interface Times {
  readonly takenAt: Date;
  readonly receivedAt: Date;
}

/** The earlier of `takenAt` and `receivedAt`: a reading was taken before it arrived, whatever the clock of its device says. */
export function effectiveTimeOf({ takenAt, receivedAt }: Times): Date {
  return takenAt <= receivedAt ? takenAt : receivedAt;
}

export const EFFECTIVE_TIME = 'least(r.taken_at, r.received_at)';

/** Whether the clock of the device was ahead, by more than any transmission or ordinary drift explains. */
export function isClockAhead({ takenAt, receivedAt }: Times): boolean {
  return takenAt.getTime() - receivedAt.getTime() > TOLERANCE_MINUTES * 60_000;
}

const CLOCK_AHEAD = `r.taken_at > r.received_at + interval '${TOLERANCE_MINUTES} minutes'`;

export const clockAheadFilter: FilterMember = filterMember(
  Boolean,
  (value) => raw(value ? CLOCK_AHEAD : `not (${CLOCK_AHEAD})`),
  `If true, readings with \`clockAhead\`: taken more than ${TOLERANCE_MINUTES} minutes after they were received. If false, the others.`,
);

/**
 * Time by which lists are sorted: the effective time, and for a reading that is ahead a microsecond less. So of two readings with the
 * same effective time, the one with the right clock is newer. Stored times have milliseconds.
 */
export function sortedBy(takenAt: string, receivedAt: string): string {
  return `case when ${takenAt} > ${receivedAt} then ${receivedAt} - interval '1 microsecond' else ${takenAt} end`;
}

/** Negative if `one` is older than `other`. Equal times are ordered by id: a device often measures two kinds at one instant. */
export function compareAge(one: Times & { id: string }, other: Times & { id: string }): number {
  const isAhead = ({ takenAt, receivedAt }: Times) => Number(takenAt > receivedAt);
  const ms = effectiveTimeOf(one).getTime() - effectiveTimeOf(other).getTime();
  return ms || isAhead(other) - isAhead(one) || (BigInt(one.id) < BigInt(other.id) ? -1 : 1);
}

function sortedText(reading: Times): string {
  const { takenAt, receivedAt } = reading;
  if (takenAt <= receivedAt) return takenAt.toISOString();
  return new Date(receivedAt.getTime() - 1).toISOString().replace('Z', '999Z');
}

/** As `sortedText`. */
function sortedTextOf(row: string): Fragment {
  const [takenAt, receivedAt] = [raw(`${row}."takenAt"`), raw(`${row}."receivedAt"`)];
  return sql`case when ${takenAt} <= ${receivedAt} then ${isoTime(takenAt)}
    else to_char(${receivedAt} - interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"999Z"') end`;
}

export const byEffectiveTime: SortRule<Times> = {
  description: 'By the earlier of `takenAt` and `receivedAt`.',
  expression: sortedBy('r.taken_at', 'r.received_at'),
  valueAt: timeAt,
  cursorValue: sortedText,
  cursorText: sortedTextOf,
};

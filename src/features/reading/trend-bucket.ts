import { defineEnum, type EnumOf } from '../../platform/base/enum';
import type { ZoneOffsets } from './zone-offsets';
import { defineLimit } from '../../platform/base/limit';

export const TrendBucket = defineEnum(
  'TrendBucket',
  "Length of the buckets of a trend. Buckets follow the patient's time zone, or UTC when it is unknown.",
  {
    HOUR: 'Hours. When clocks go back, the repeated hour makes two buckets.',
    DAY: 'Days from midnight to midnight. A day on which clocks change has 23 or 25 hours.',
    WEEK: 'Weeks, starting on Monday.',
    MONTH: 'Calendar months.',
  },
  { closed: true },
);
export type TrendBucket = EnumOf<typeof TrendBucket>;

/** More points than a screen has columns. */
export const MAX_BUCKETS = defineLimit('buckets of a trend', {
  value: 1_000,
  unit: 'buckets',
  description: 'In the requested period; more is BAD_USER_INPUT.',
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday: the fourth day of its week. */
const EPOCH_DAY_OF_WEEK = 3;

/**
 * Number of buckets that a period touches in a zone, with or without readings.
 *
 * @param to exclusive
 */
export function countBuckets(
  bucket: TrendBucket,
  { from, to }: { from: Date; to: Date },
  zone: string,
  offsets: ZoneOffsets,
): number {
  if (to <= from) return 0;
  const localMs = (instantMs: number) => instantMs + offsets.at(zone, instantMs) * 1000;
  const [first, last] = [from.getTime(), to.getTime() - 1];
  if (bucket === TrendBucket.HOUR) {
    // Elapsed hours: 23 or 25 on the day clocks change. A change by half an hour yields two buckets that start half an hour apart.
    const startOf = (instantMs: number) => instantMs - modulo(localMs(instantMs), HOUR_MS);
    return Math.ceil((startOf(last) - startOf(first)) / HOUR_MS) + 1;
  }
  return calendarNumber(bucket, localMs(last)) - calendarNumber(bucket, localMs(first)) + 1;
}

/**
 * Start of a bucket, from what `date_trunc` returns for its readings. Where clocks go back over midnight, that is the second midnight of
 * the day; the first is meant.
 */
export function startOfBucket(bucket: TrendBucket, start: Date, zone: string, offsets: ZoneOffsets): Date {
  if (bucket === TrendBucket.HOUR) return start;
  const startMs = start.getTime();
  const before = offsets.at(zone, startMs - DAY_MS);
  const firstMs = startMs - (before - offsets.at(zone, startMs)) * 1000;
  return firstMs < startMs && offsets.at(zone, firstMs) === before ? new Date(firstMs) : start;
}

/**
 * End of a bucket, exclusive: the instant at which the clocks of its zone reach the next bucket.
 */
export function endOfBucket(bucket: TrendBucket, start: Date, zone: string, offsets: ZoneOffsets): Date {
  const startMs = start.getTime();
  if (bucket === TrendBucket.HOUR) return new Date(startMs + HOUR_MS);
  const local = (instantMs: number) => instantMs + offsets.at(zone, instantMs) * 1000;
  const next = startOfNext(bucket, local(startMs));
  // Clocks change at most once from a day before to a day after. So one of the two offsets gives the end.
  const ends = [next - DAY_MS, next + DAY_MS].map((near) => next - offsets.at(zone, near) * 1000);
  const [earlier, later] = [Math.min(...ends), Math.max(...ends)];
  return new Date(local(earlier) >= next ? earlier : later);
}

/** Start of the next bucket in local time. */
function startOfNext(bucket: Exclude<TrendBucket, 'HOUR'>, localMs: number): number {
  const number = calendarNumber(bucket, localMs) + 1;
  switch (bucket) {
    case TrendBucket.DAY:
      return number * DAY_MS;
    case TrendBucket.WEEK:
      return (number * 7 - EPOCH_DAY_OF_WEEK) * DAY_MS;
    case TrendBucket.MONTH:
      return new Date(0).setUTCFullYear(Math.floor(number / 12), modulo(number, 12), 1);
  }
}

/** Shortest lengths, apart from clock changes: those never add up to another bucket. */
const BUCKET_MS: ReadonlyMap<unknown, number> = new Map([
  [TrendBucket.HOUR, HOUR_MS],
  [TrendBucket.DAY, DAY_MS],
  [TrendBucket.WEEK, 7 * DAY_MS],
  [TrendBucket.MONTH, 28 * DAY_MS],
]);

/**
 * Maximum number of points of a trend, in any zone: one more than the buckets that fit into the period, which may start within one.
 *
 * @param args arguments as the client sent them
 */
export function maxBuckets({ period, bucket }: Readonly<Record<string, unknown>>): number {
  const { from, to } = (period ?? {}) as Record<string, unknown>;
  const periodMs = instantOf(to) - instantOf(from);
  const bucketMs = BUCKET_MS.get(bucket);
  // The resolver refuses an invalid period, or one with too many buckets, with its own error.
  if (!(periodMs > 0) || bucketMs === undefined) return 1;
  return Math.min(Math.ceil(periodMs / bucketMs) + 1, MAX_BUCKETS);
}

function instantOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

/** Index of the day, week or month of a local time. */
function calendarNumber(bucket: Exclude<TrendBucket, 'HOUR'>, localMs: number): number {
  switch (bucket) {
    case TrendBucket.DAY:
      return Math.floor(localMs / DAY_MS);
    case TrendBucket.WEEK:
      return Math.floor((Math.floor(localMs / DAY_MS) + EPOCH_DAY_OF_WEEK) / 7);
    case TrendBucket.MONTH: {
      const local = new Date(localMs);
      return local.getUTCFullYear() * 12 + local.getUTCMonth();
    }
  }
}

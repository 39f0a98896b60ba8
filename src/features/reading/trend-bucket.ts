import { defineEnum, type EnumOf } from '../../platform/base/enum';
import type { ZoneOffsets } from './zone-offsets';
import { defineLimit } from '../../platform/base/limit';

/** Buckets of a chart, cut in the patient's zone. */
export const TrendBucket = defineEnum(
  'TrendBucket',
  "How long the buckets of a chart are. They are cut in the patient's zone, in UTC when it is unknown.",
  {
    HOUR: 'Hours as they pass: one that comes twice when the clocks change is two.',
    DAY: 'Days from midnight to midnight: of 23 or 25 hours when the clocks change.',
    WEEK: 'Weeks, from Monday on.',
    MONTH: 'Calendar months.',
  },
  { closed: true },
);
export type TrendBucket = EnumOf<typeof TrendBucket>;

/** Points of a chart at the most; more than a screen has columns for. */
export const MAX_BUCKETS = defineLimit('buckets of a trend', {
  value: 1_000,
  unit: 'buckets',
  description: 'In the period asked for; more is BAD_USER_INPUT.',
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday: the fourth day of its week. */
const EPOCH_DAY_OF_WEEK = 3;

/**
 * How many buckets a period touches in a zone, with or without readings.
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
    // As they pass, 23 or 25 on the day the clocks change. A change by half an hour cuts one in two, which begin half an hour apart.
    const startOf = (instantMs: number) => instantMs - modulo(localMs(instantMs), HOUR_MS);
    return Math.ceil((startOf(last) - startOf(first)) / HOUR_MS) + 1;
  }
  return calendarNumber(bucket, localMs(last)) - calendarNumber(bucket, localMs(first)) + 1;
}

/**
 * The first instant after a bucket: where the clocks of its zone come to the next one.
 *
 * @param start of the bucket
 */
export function endOfBucket(bucket: TrendBucket, start: Date, zone: string, offsets: ZoneOffsets): Date {
  const startMs = start.getTime();
  if (bucket === TrendBucket.HOUR) return new Date(startMs + HOUR_MS);
  const local = (instantMs: number) => instantMs + offsets.at(zone, instantMs) * 1000;
  const next = startOfNext(bucket, local(startMs));
  // The clocks change once between a day before and a day after at the most: it comes by the one offset or by the other.
  const ends = [next - DAY_MS, next + DAY_MS].map((near) => next - offsets.at(zone, near) * 1000);
  const [earlier, later] = [Math.min(...ends), Math.max(...ends)];
  return new Date(local(earlier) >= next ? earlier : later);
}

/** By the calendar and the clock on the wall. */
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

/** The shortest month has 28 days. The days on which clocks change do not add up to a bucket. */
const BUCKET_MS: ReadonlyMap<unknown, number> = new Map([
  [TrendBucket.HOUR, HOUR_MS],
  [TrendBucket.DAY, DAY_MS],
  [TrendBucket.WEEK, 7 * DAY_MS],
  [TrendBucket.MONTH, 28 * DAY_MS],
]);

/**
 * The points that a chart can have, in any zone: one more than the buckets that its period fills, as it may begin inside of one.
 *
 * @param args as the client sent them
 */
export function maxBuckets({ period, bucket }: Readonly<Record<string, unknown>>): number {
  const { from, to } = (period ?? {}) as Record<string, unknown>;
  const periodMs = instantOf(to) - instantOf(from);
  const bucketMs = BUCKET_MS.get(bucket);
  // What is no period, or one of too many buckets, is refused where it is read, with an error of its own.
  if (!(periodMs > 0) || bucketMs === undefined) return 1;
  return Math.min(Math.ceil(periodMs / bucketMs) + 1, MAX_BUCKETS);
}

function instantOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

/** Days, weeks and months are counted by the calendar. */
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

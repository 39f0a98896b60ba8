import { MAX_BUCKETS, TrendBucket } from '../../features/reading/trend-bucket';

/** Arguments as the client sent them; nobody has checked them yet. */
type Values = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The shortest month has 28 days. The days on which clocks change do not add up to a bucket. */
const BUCKET_MS: ReadonlyMap<unknown, number> = new Map([
  [TrendBucket.HOUR, HOUR_MS],
  [TrendBucket.DAY, DAY_MS],
  [TrendBucket.WEEK, 7 * DAY_MS],
  [TrendBucket.MONTH, 28 * DAY_MS],
]);

/** Lists without a page size whose length is known all the same, by the type of what they hold. */
const LENGTHS: Readonly<Record<string, (args: Values) => number>> = {
  // A blood pressure has the most: two, and the heart rate.
  Measurement: () => 3,
  MeasurementSummary: () => 3,
  // Of a mutation, or of each thing that it writes: nearly all have none.
  UserError: () => 1,
  ReadingTrendPoint: bucketsOf,
};

/**
 * The length of a list that only its nature or its arguments tell.
 *
 * @param item the name of the type of what it holds
 * @returns undefined for one that may be as long as it likes
 */
export function knownLength(item: string, args: Values): number | undefined {
  return LENGTHS[item]?.(args);
}

/**
 * The points that a chart can have: one more than the buckets that its period fills, as it may begin inside of one. Where they
 * begin depends on the patient's zone, which is not known here.
 */
function bucketsOf({ from, to, bucket }: Values): number {
  const periodMs = instantOf(to) - instantOf(from);
  const bucketMs = BUCKET_MS.get(bucket);
  // What is no period, or one of too many buckets, is refused where it is read, with an error of its own.
  if (!(periodMs > 0) || bucketMs === undefined) return 1;
  return Math.min(Math.ceil(periodMs / bucketMs) + 1, MAX_BUCKETS);
}

function instantOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

import { badInput, type RequestError } from '../../platform/base/errors';
import { refuseInvalid } from '../../platform/base/invalid-value';
import { noteLimitReached } from '../../platform/base/limit';
import { oncePer } from '../../platform/base/settled-once';
import { toListQuery } from '../../platform/list/definition';
import type { RequestContext } from '../../platform/operation/request-context';
import type { ReadWithRow } from '../../platform/graphql/fields';
import { timeZoneOfPatient, usualTimeZone } from '../patient/patient-time-zone';
import type { PatientEntity } from '../patient/patient.entity';
import { READINGS_OF_TREND } from './reading.list';
import type { ReadingTrendArguments } from './reading.input';
import { summariesIn, trendByPatient, trendJson, type BucketNumbers, type TrendSummary } from './trend.repository';
import { countBuckets, endOfBucket, MAX_BUCKETS, startOfBucket } from './trend-bucket';
import type { ZoneOffsets } from './zone-offsets';

/** A bucket with readings. What is not selected is not computed. */
export class TrendPoint {
  constructor(
    private readonly numbers: BucketNumbers,
    private readonly trend: ReadingTrendArguments,
    private readonly zone: string,
    private readonly offsets: ZoneOffsets,
  ) {}

  get startsAt(): Date {
    const [seconds] = this.numbers;
    return startOfBucket(this.trend.bucket, new Date(seconds! * 1_000), this.zone, this.offsets);
  }

  get endsAt(): Date {
    return endOfBucket(this.trend.bucket, this.startsAt, this.zone, this.offsets);
  }

  get count(): number {
    return this.numbers[1]!;
  }

  get summaries(): TrendSummary[] {
    return summariesIn(this.trend.kind, this.numbers);
  }
}

/** What a trend needs of its patient. */
export const TREND_OWNER = ['customerId', 'id', 'timeZoneOverride', 'address'] as const;
export interface TrendOwner extends Pick<PatientEntity, (typeof TREND_OWNER)[number]> {
  /** If they are read together with the patient. */
  buckets?: readonly BucketNumbers[] | null;
}

/** Reads the buckets together with the patient, where its time zone is one of those that PostgreSQL finds. */
export const bucketsWithPatient = (offsets: ZoneOffsets): ReadWithRow => ({
  member: 'buckets' satisfies keyof TrendOwner,
  json(trend: ReadingTrendArguments, patient) {
    const { bucket, filter, period } = trend;
    // With a filter, the statement would have to be planned for its values. A period that is refused is not read.
    const isRead = filter == null && isPeriod(period) && period.from < period.to;
    if (!isRead || countBuckets(bucket, period, 'UTC', offsets) > MAX_BUCKETS) return undefined;
    return trendJson(queryOf(trend), usualTimeZone(patient));
  },
});

/** The same for all patients. */
const queryOf = oncePer((trend: ReadingTrendArguments) => {
  const { kind, period, bucket } = trend;
  return { kind, bucket, from: period.from, to: period.to, ...toListQuery(READINGS_OF_TREND, trend) };
});

/**
 * Summarizes a patient's readings by buckets of time in the patient's zone, or in UTC when the zone is unknown.
 *
 * @throws RequestError BAD_USER_INPUT for a period that is empty or has more than 1,000 buckets, and for a malformed id
 */
export async function readTrend(
  ctx: RequestContext,
  offsets: ZoneOffsets,
  patient: TrendOwner,
  trend: ReadingTrendArguments,
): Promise<TrendPoint[]> {
  const { customerId, id } = patient;
  const zone = offsets.fullName(timeZoneOfPatient(patient) ?? 'UTC');
  refuseInvalid(trend, periodRefused(trend, zone, offsets));
  const buckets = patient.buckets ?? (await ctx.loaders.load(trendByPatient, { customerId, id, zone }, queryOf(trend)));
  return buckets.map((numbers) => new TrendPoint(numbers, trend, zone, offsets));
}

function isPeriod({ from, to }: Record<'from' | 'to', unknown>): boolean {
  return from instanceof Date && to instanceof Date;
}

function periodRefused({ period, bucket }: ReadingTrendArguments, zone: string, offsets: ZoneOffsets): RequestError[] {
  // A bound that is no time is refused by itself.
  if (!isPeriod(period)) return [];
  if (period.to <= period.from) return [badInput(['period', 'to'], 'must be later than period.from')];
  const buckets = countBuckets(bucket, period, zone, offsets);
  if (buckets <= MAX_BUCKETS) return [];
  noteLimitReached('buckets of a trend');
  const [found, allowed] = [buckets, MAX_BUCKETS].map((count) => count.toLocaleString('en-US'));
  const rule = `has ${found} ${bucket} buckets; at most ${allowed} are allowed. Use a longer bucket or a shorter period.`;
  return [badInput(['period'], rule)];
}

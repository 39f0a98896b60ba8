import { badInput } from '../../platform/base/errors';
import type { RequestContext } from '../../platform/operation/request-context';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import type { PatientEntity } from '../patient/patient.entity';
import { trendByPatient } from './trend.repository';
import { countBuckets, MAX_BUCKETS } from './trend-bucket';
import type { TrendPoint, TrendQuery } from './trend.repository';
import type { ZoneOffsets } from './zone-offsets';

/**
 * A chart: the readings of a patient by buckets of time that begin in the patient's zone, UTC when it is unknown.
 *
 * @throws RequestError BAD_USER_INPUT when the period does not go forward or has more than 1,000 buckets
 */
export async function readTrend(
  ctx: RequestContext,
  offsets: ZoneOffsets,
  patient: PatientEntity,
  query: TrendQuery,
): Promise<TrendPoint[]> {
  const { customerId, id } = patient;
  const zone = offsets.fullName(timeZoneOfPatient(patient) ?? 'UTC');
  if (query.to <= query.from) throw badInput(['to'], 'must be later than from');
  const buckets = countBuckets(query.bucket, query, zone, offsets);
  if (buckets > MAX_BUCKETS) {
    const found = `${buckets.toLocaleString('en-US')} buckets of a ${query.bucket}`;
    throw badInput(['to'], `must be near enough to from for ${MAX_BUCKETS} buckets, is ${found} away`);
  }
  return ctx.loaders.load(trendByPatient, { customerId, id, zone }, query);
}

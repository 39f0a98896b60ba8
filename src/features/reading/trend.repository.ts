import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { PLAN_EACH_TIME, raw, text, texts, timestamptz } from '../../platform/db/sql';
import type { MeasurementUnit } from '../kind/measurement-unit';
import { definitionOf, type MeasurementName, type ReadingKind } from '../kind/reading-kind';
import type { TrendBucket } from './trend-bucket';

export interface TrendQuery {
  kind: ReadingKind;
  from: Date;
  /** Exclusive. */
  to: Date;
  bucket: TrendBucket;
}

/** A patient with the zone in which its days begin. */
interface TrendPatient extends ParentKey {
  zone: string;
}

export interface TrendPoint {
  bucketStart: Date;
  count: number;
  measurements: { name: MeasurementName; unit: MeasurementUnit; min: number; max: number; mean: number }[];
}

/** The readings of each patient by buckets that begin in its zone, in order; buckets without readings are left out. */
async function findTrends(
  session: Session,
  patients: readonly TrendPatient[],
  { kind, from, to, bucket }: TrendQuery,
): Promise<TrendPoint[][]> {
  const { number, quantities } = definitionOf(kind);
  const summaries = quantities.flatMap(({ column, member }) => [
    `min(r.${column})::float8 as "${member}Min"`,
    `max(r.${column})::float8 as "${member}Max"`,
    `avg(r.${column})::float8 as "${member}Mean"`,
  ]);
  const zones = texts(patients.map(({ zone }) => zone));
  const unit = text(bucket.toLowerCase());
  // Where clocks go back from one o'clock to midnight, PostgreSQL takes the second midnight for the beginning of the day.
  const anHourBefore = raw(`x.start - interval '1 hour'`);
  const rows = await session.sql<
    { parent: number; bucketStart: Date; count: number } & Record<string, number | null>
  >`/* reading_trend */ ${PLAN_EACH_TIME}
    select k.n::int as parent, x.*, case when date_trunc(${unit}, ${anHourBefore}, (${zones})[k.n]) = x.start
      then ${anHourBefore} else x.start end as "bucketStart"
    from ${keysTable(patients)} cross join lateral (
      select date_trunc(${unit}, r.taken_at, (${zones})[k.n]) as start, count(*)::int as count, ${raw(summaries.join(', '))}
      from reading r
      where r.customer_id = k.customer_id and r.patient_id = k.id and r.kind = ${raw(String(number))}
        and r.taken_at >= ${timestamptz(from)} and r.taken_at < ${timestamptz(to)}
      group by 1
    ) x order by k.n, x.start`;
  const ofPatient = patients.map((): TrendPoint[] => []);
  for (const row of rows) {
    ofPatient[row.parent - 1]!.push({
      bucketStart: row.bucketStart,
      count: row.count,
      // A quantity that no reading of the bucket holds, as many cuffs send no heart rate, is left out.
      measurements: quantities.flatMap(({ name, unit, member }) => {
        const [min, max, mean] = [row[`${member}Min`], row[`${member}Max`], row[`${member}Mean`]];
        return min == null ? [] : [{ name, unit, min, max: max!, mean: mean! }];
      }),
    });
  }
  return ofPatient;
}

export const trendByPatient = defineLoader<TrendPatient, TrendPoint[], TrendQuery>(
  'reading_trend',
  parentCacheKey,
  (ctx, patients, query) => findTrends(ctx.session, patients, query),
);

import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { StatementBuilder } from '../../platform/db/statement';
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
export interface TrendPatient extends ParentKey {
  zone: string;
}

export interface TrendPoint {
  bucketStart: Date;
  count: number;
  measurements: { name: MeasurementName; unit: MeasurementUnit; min: number; max: number; mean: number }[];
}

/** The readings of each patient by buckets that begin in its zone, in order; buckets without readings are left out. */
export async function findTrends(
  session: Session,
  patients: readonly TrendPatient[],
  { kind, from, to, bucket }: TrendQuery,
): Promise<TrendPoint[][]> {
  const { number, quantities } = definitionOf(kind);
  const sql = new StatementBuilder(session.scope);
  const summaries = quantities.flatMap(({ column, member }) => [
    `min(r.${column})::float8 as "${member}Min"`,
    `max(r.${column})::float8 as "${member}Max"`,
    `avg(r.${column})::float8 as "${member}Mean"`,
  ]);
  const zones = sql.value(
    patients.map(({ zone }) => zone),
    'text[]',
  );
  const unit = sql.value(bucket.toLowerCase(), 'text');
  // Where clocks go back from one o'clock to midnight, PostgreSQL takes the second midnight for the beginning of the day.
  const anHourBefore = `x.start - interval '1 hour'`;
  const rows = await session.query<
    { parent: number; bucketStart: Date; count: number } & Record<string, number | null>
  >(
    sql.build(
      'reading_trend',
      `select k.n::int as parent, x.*, case when date_trunc(${unit}, ${anHourBefore}, (${zones})[k.n]) = x.start
           then ${anHourBefore} else x.start end as "bucketStart"
       from ${sql.add(keysTable(patients))} cross join lateral (
         select date_trunc(${unit}, r.taken_at, (${zones})[k.n]) as start,
           count(*)::int as count, ${summaries.join(', ')}
         from reading r
         where r.customer_id = k.customer_id and r.patient_id = k.id and r.kind = ${number}
           and r.taken_at >= ${sql.value(from, 'timestamptz')} and r.taken_at < ${sql.value(to, 'timestamptz')}
         group by 1
       ) x order by k.n, x.start`,
      { planEachTime: true },
    ),
  );
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

import { oncePer } from '../../platform/base/settled-once';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { filter as matching, raw, sql, text, texts, timestamptz, type Fragment } from '../../platform/db/sql';
import { conditionsOf, type ListQuery } from '../../platform/list/definition';
import type { Comparator } from '../kind/blood-glucose';
import { definitionOf, unitsOf, type Quantity, type ReadingKind } from '../kind/reading-kind';
import type { StoredQuantity } from '../kind/unit-conversion';
import { EFFECTIVE_TIME, MAX_AHEAD } from './effective-time';
import { READINGS_OF_TREND } from './reading.list';
import type { TrendBucket } from './trend-bucket';

export interface TrendQuery {
  kind: ReadingKind;
  from: Date;
  /** Exclusive. */
  to: Date;
  bucket: TrendBucket;
  filter: ListQuery['filter'];
}

/** A patient with its time zone. */
interface TrendPatient extends ParentKey {
  zone: string;
}

/** Summary of one quantity in a bucket, in stored units. */
export interface TrendSummary {
  quantity: Quantity;
  min: StoredQuantity;
  max: StoredQuantity;
  mean: number;
  /** Number of values that are a limit of the meter. */
  lessThanCount: number;
  greaterThanCount: number;
}

export interface TrendBucketRow {
  startsAt: Date;
  count: number;
  summaries: TrendSummary[];
}

/** Names of the aggregates of a quantity. Minimum and maximum are computed per sent unit, so that they can be returned exactly as sent. */
const namesOf = oncePer((quantity: Quantity) => {
  const { member } = quantity;
  return {
    extremes: unitsOf(quantity).map((unit) => ({ unit, min: `${member}Min${unit}`, max: `${member}Max${unit}` })),
    mean: `${member}Mean`,
    less: `${member}Less`,
    greater: `${member}Greater`,
  };
});

/** Aggregates of a column. */
function summariesOf(quantity: Quantity): (readonly [name: string, aggregate: string])[] {
  const { column, isCompared } = quantity;
  const { extremes, mean, less, greater } = namesOf(quantity);
  const limits = (comparator: Comparator) => `count(*) filter (where r.comparator = '${comparator}')::int`;
  return [
    ...extremes.flatMap(({ unit, min, max }) => {
      const sent = unit === quantity.unit ? 'r.sent_unit is null' : `r.sent_unit = '${unit}'`;
      const rows = quantity.units ? ` filter (where ${sent})` : '';
      return [
        [min, `min(r.${column})${rows}::float8`],
        [max, `max(r.${column})${rows}::float8`],
      ] as const;
    }),
    [mean, `avg(r.${column})::float8`],
    ...(isCompared
      ? ([
          [less, limits('LESS_THAN')],
          [greater, limits('GREATER_THAN')],
        ] as const)
      : []),
  ];
}

type SummaryColumns = Readonly<Record<string, number | null>>;

/** Empty for a quantity that no reading of the bucket has; e.g. many cuffs send no heart rate. */
function toSummary(quantity: Quantity, row: SummaryColumns): TrendSummary[] {
  const { extremes, mean: nameOfMean, less, greater } = namesOf(quantity);
  const mean = row[nameOfMean];
  if (mean == null) return [];
  let [least, most]: (StoredQuantity | undefined)[] = [];
  for (const { unit, min, max } of extremes) {
    const [low, high] = [row[min], row[max]];
    if (low != null && (!least || low < least.value)) least = { value: low, unit };
    if (high != null && (!most || high > most.value)) most = { value: high, unit };
  }
  return [
    { quantity, min: least!, max: most!, mean, lessThanCount: row[less] ?? 0, greaterThanCount: row[greater] ?? 0 },
  ];
}

/** The buckets with readings of the patient `k`, oldest first. @param zone text */
function bucketsBelow({ kind, from, to, bucket, filter }: TrendQuery, zone: Fragment): Fragment {
  const { number, quantities } = definitionOf(kind);
  const summaries = quantities.flatMap(summariesOf).map(([name, aggregate]) => `${aggregate} as "${name}"`);
  // Without a filter, the readings of a patient by time are always the best index.
  const chosen = matching(...conditionsOf(READINGS_OF_TREND, { filter }));
  const unit = text(bucket.toLowerCase());
  const at = raw(EFFECTIVE_TIME);
  const [start, end] = [timestamptz(from), timestamptz(to)];
  // Where clocks go back from 1:00 to 0:00, date_trunc returns the second midnight as the start of the day; the first is meant.
  const anHourBefore = raw(`x.start - interval '1 hour'`);
  return sql`select x.*, case when date_trunc(${unit}, ${anHourBefore}, ${zone}) = x.start then ${anHourBefore} else x.start end as "startsAt"
    from (
      select date_trunc(${unit}, ${at}, ${zone}) as start, count(*)::int as count, ${raw(summaries.join(', '))}
      from reading r
      where r.customer_id = k.customer_id and r.patient_id = k.id and r.kind = ${raw(String(number))}
        and r.taken_at >= ${start} and r.taken_at < ${end} + ${MAX_AHEAD} and ${at} >= ${start} and ${at} < ${end} and ${chosen}
      group by 1
    ) x order by x.start`;
}

/** Buckets of each patient, in its time zone, oldest first. Omits buckets without readings. */
async function findTrends(
  session: Session,
  patients: readonly TrendPatient[],
  query: TrendQuery,
): Promise<TrendBucketRow[][]> {
  const zones = texts(patients.map(({ zone }) => zone));
  const { quantities } = definitionOf(query.kind);
  const rows = await session.sql<{ parent: number; startsAt: Date; count: number } & SummaryColumns>`/* reading_trend */
    select k.n::int as parent, b.* from ${keysTable(patients)} cross join lateral (${bucketsBelow(query, sql`(${zones})[k.n]`)}) b
    order by k.n, b.start`;
  const ofPatient = patients.map((): TrendBucketRow[] => []);
  for (const row of rows) {
    const { parent, startsAt, count } = row;
    ofPatient[parent - 1]!.push({ startsAt, count, summaries: quantities.flatMap((one) => toSummary(one, row)) });
  }
  return ofPatient;
}

/** The buckets of a patient as they are read together with it: the start in seconds, the count, and the summaries. */
export type BucketNumbers = readonly (number | null)[];

/**
 * A `select` of the JSON text of `BucketNumbers[]` for the patient `k`. Null if the zone is null.
 *
 * @param zone text
 */
export function trendJson(query: TrendQuery, zone: Fragment): Fragment {
  const summaries = definitionOf(query.kind).quantities.flatMap(summariesOf);
  const columns = summaries.map(([name]) => `b."${name}"`).join(', ');
  const numbers = raw(`array[extract(epoch from b."startsAt"), b.count, ${columns}]::float8[]`);
  // `offset 0`: the zone is found once, not for each reading.
  return sql`select case when z.zone is not null then (
      select coalesce(to_json(array_agg(${numbers}))::text, '[]') from (${bucketsBelow(query, raw('z.zone'))}) b) end
    from (select ${zone} as zone offset 0) z`;
}

export function toBuckets(kind: ReadingKind, buckets: readonly BucketNumbers[]): TrendBucketRow[] {
  const { quantities } = definitionOf(kind);
  const names = quantities.flatMap(summariesOf).map(([name]) => name);
  return buckets.map(([seconds, count, ...values]) => {
    const row: Record<string, number | null> = {};
    names.forEach((name, index) => (row[name] = values[index]!));
    const startsAt = new Date(seconds! * 1_000);
    return { startsAt, count: count!, summaries: quantities.flatMap((one) => toSummary(one, row)) };
  });
}

export const trendByPatient = defineLoader<TrendPatient, TrendBucketRow[], TrendQuery>(
  'reading_trend',
  parentCacheKey,
  (ctx, patients, query) => findTrends(ctx.session, patients, query),
);

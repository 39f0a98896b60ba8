import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { filter as matching, raw, text, texts, timestamptz } from '../../platform/db/sql';
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

/** Aggregates of a column. Minimum and maximum are computed per sent unit, so that they can be returned exactly as sent. */
function summariesOf(quantity: Quantity): string[] {
  const { column, member, isCompared } = quantity;
  const limits = (comparator: Comparator) =>
    isCompared ? `count(*) filter (where r.comparator = '${comparator}')::int` : '0';
  const extremes = unitsOf(quantity).flatMap((unit) => {
    const sent = unit === quantity.unit ? 'r.sent_unit is null' : `r.sent_unit = '${unit}'`;
    const rows = quantity.units ? ` filter (where ${sent})` : '';
    return [
      `min(r.${column})${rows}::float8 as "${member}Min${unit}"`,
      `max(r.${column})${rows}::float8 as "${member}Max${unit}"`,
    ];
  });
  return [
    ...extremes,
    `avg(r.${column})::float8 as "${member}Mean"`,
    `${limits('LESS_THAN')} as "${member}Less"`,
    `${limits('GREATER_THAN')} as "${member}Greater"`,
  ];
}

type SummaryColumns = Readonly<Record<string, number | null>>;

/** Empty for a quantity that no reading of the bucket has; e.g. many cuffs send no heart rate. */
function toSummary(quantity: Quantity, row: SummaryColumns): TrendSummary[] {
  const { member } = quantity;
  const mean = row[`${member}Mean`];
  if (mean == null) return [];
  const extremes = (name: 'Min' | 'Max') =>
    unitsOf(quantity).flatMap((unit): StoredQuantity[] => {
      const value = row[`${member}${name}${unit}`];
      return value == null ? [] : [{ value, unit }];
    });
  return [
    {
      quantity,
      min: extremes('Min').reduce((one, other) => (other.value < one.value ? other : one)),
      max: extremes('Max').reduce((one, other) => (other.value > one.value ? other : one)),
      mean,
      lessThanCount: row[`${member}Less`]!,
      greaterThanCount: row[`${member}Greater`]!,
    },
  ];
}

/** Buckets of each patient, in its time zone, oldest first. Omits buckets without readings. */
async function findTrends(
  session: Session,
  patients: readonly TrendPatient[],
  { kind, from, to, bucket, filter }: TrendQuery,
): Promise<TrendBucketRow[][]> {
  const { number, quantities } = definitionOf(kind);
  const summaries = raw(quantities.flatMap(summariesOf).join(', '));
  // Without a filter, the readings of a patient by time are always the best index.
  const chosen = matching(...conditionsOf(READINGS_OF_TREND, { filter }));
  const zones = texts(patients.map(({ zone }) => zone));
  const unit = text(bucket.toLowerCase());
  const at = raw(EFFECTIVE_TIME);
  const end = timestamptz(to);
  // Where clocks go back from 1:00 to 0:00, date_trunc returns the second midnight as the start of the day; the first is meant.
  const anHourBefore = raw(`x.start - interval '1 hour'`);
  const rows = await session.sql<{ parent: number; startsAt: Date; count: number } & SummaryColumns>`/* reading_trend */
    select k.n::int as parent, x.*, case when date_trunc(${unit}, ${anHourBefore}, (${zones})[k.n]) = x.start
      then ${anHourBefore} else x.start end as "startsAt"
    from ${keysTable(patients)} cross join lateral (
      select date_trunc(${unit}, ${at}, (${zones})[k.n]) as start, count(*)::int as count, ${summaries}
      from reading r
      where r.customer_id = k.customer_id and r.patient_id = k.id and r.kind = ${raw(String(number))}
        and r.taken_at >= ${timestamptz(from)} and r.taken_at < ${end} + ${MAX_AHEAD} and ${at} >= ${timestamptz(from)}
        and ${at} < ${end} and ${chosen}
      group by 1
    ) x order by k.n, x.start`;
  const ofPatient = patients.map((): TrendBucketRow[] => []);
  for (const row of rows) {
    const { parent, startsAt, count } = row;
    ofPatient[parent - 1]!.push({ startsAt, count, summaries: quantities.flatMap((one) => toSummary(one, row)) });
  }
  return ofPatient;
}

export const trendByPatient = defineLoader<TrendPatient, TrendBucketRow[], TrendQuery>(
  'reading_trend',
  parentCacheKey,
  (ctx, patients, query) => findTrends(ctx.session, patients, query),
);

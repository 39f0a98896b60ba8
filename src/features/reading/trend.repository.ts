import { oncePer } from '../../platform/base/settled-once';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { filter as matching, raw, sql, text, texts, timestamptz, type Fragment } from '../../platform/db/sql';
import { conditionsOf, type ListQuery } from '../../platform/list/definition';
import type { Comparator } from '../kind/blood-glucose';
import type { MeasurementUnit } from '../kind/measurement-unit';
import { definitionOf, unitsOf, type Kind, type Quantity, type ReadingKind } from '../kind/reading-kind';
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

/** The numbers of a bucket as PostgreSQL sends them: the start in seconds, the count of readings, and those of each quantity. */
export type BucketNumbers = readonly (number | null)[];

/** A quantity of a kind, its aggregates, and the place of the first of them in `BucketNumbers`. */
interface Summarized {
  readonly quantity: Quantity;
  readonly units: readonly MeasurementUnit[];
  readonly aggregates: readonly string[];
  readonly first: number;
}

/** Minimum and maximum are computed per sent unit, so that they can be returned exactly as sent. */
function aggregatesOf(quantity: Quantity): string[] {
  const { column, isCompared } = quantity;
  const limits = (comparator: Comparator) => `count(*) filter (where r.comparator = '${comparator}')`;
  return [
    `avg(r.${column})`,
    ...unitsOf(quantity).flatMap((unit) => {
      const sent = unit === quantity.unit ? 'r.sent_unit is null' : `r.sent_unit = '${unit}'`;
      const rows = quantity.units ? ` filter (where ${sent})` : '';
      return [`min(r.${column})${rows}`, `max(r.${column})${rows}`];
    }),
    ...(isCompared ? [limits('LESS_THAN'), limits('GREATER_THAN')] : []),
  ];
}

const summarized = oncePer(({ quantities }: Kind): readonly Summarized[] => {
  let first = 2;
  return quantities.map((quantity) => {
    const aggregates = aggregatesOf(quantity);
    const one = { quantity, units: unitsOf(quantity), aggregates, first };
    first += aggregates.length;
    return one;
  });
});

/** A list of the aggregates of a kind as they are written in `BucketNumbers`. */
const aggregatesOfKind = oncePer((kind: Kind): string =>
  summarized(kind)
    .flatMap(({ aggregates }) => aggregates)
    .map((aggregate) => `coalesce(${aggregate}::text, 'null')`)
    .join(', '),
);

/** Undefined for a quantity that no reading of the bucket has; e.g. many cuffs send no heart rate. */
function toSummary({ quantity, units, first }: Summarized, numbers: BucketNumbers): TrendSummary | undefined {
  const mean = numbers[first];
  if (mean == null) return undefined;
  let [min, max]: (StoredQuantity | undefined)[] = [];
  let next = first + 1;
  for (const unit of units) {
    const [low, high] = [numbers[next], numbers[next + 1]];
    next += 2;
    if (low != null && (!min || low < min.value)) min = { value: low, unit };
    if (high != null && (!max || high > max.value)) max = { value: high, unit };
  }
  const [lessThanCount, greaterThanCount] = quantity.isCompared ? [numbers[next]!, numbers[next + 1]!] : [0, 0];
  return { quantity, min: min!, max: max!, mean, lessThanCount, greaterThanCount };
}

/**
 * A `select` of the JSON text of `BucketNumbers[]` for the patient `k`, oldest first, without buckets that have no readings. Null if the
 * zone is null.
 *
 * @param zone text
 */
export function trendJson({ kind, from, to, bucket, filter }: TrendQuery, zone: Fragment): Fragment {
  const definition = definitionOf(kind);
  // Without a filter, the readings of a patient by time are always the best index.
  const chosen = matching(...conditionsOf(READINGS_OF_TREND, { filter }));
  const at = raw(EFFECTIVE_TIME);
  const [start, end] = [timestamptz(from), timestamptz(to)];
  const startsAt = sql`date_trunc(${text(bucket.toLowerCase())}, ${at}, z.zone)`;
  // `offset 0`: the zone is found once, not for each reading.
  return sql`select case when z.zone is not null then (
      select coalesce('[[' || string_agg(b.numbers, '],[') || ']]', '[]') from (
        select concat_ws(',', date_part('epoch', ${startsAt}), count(*), ${raw(aggregatesOfKind(definition))}) as numbers
        from reading r
        where r.customer_id = k.customer_id and r.patient_id = k.id and r.kind = ${raw(String(definition.number))}
          and r.taken_at >= ${start} and r.taken_at < ${end} + ${MAX_AHEAD} and ${at} >= ${start} and ${at} < ${end} and ${chosen}
        group by ${startsAt} order by ${startsAt}
      ) b) end
    from (select ${zone} as zone offset 0) z`;
}

/** The buckets of each patient, in its time zone. */
async function findTrends(
  session: Session,
  patients: readonly TrendPatient[],
  query: TrendQuery,
): Promise<BucketNumbers[][]> {
  const zones = texts(patients.map(({ zone }) => zone));
  const rows = await session.sql<{ buckets: string }>`/* reading_trend */
    select t.buckets from ${keysTable(patients)} cross join lateral (${trendJson(query, sql`(${zones})[k.n]`)}) t(buckets) order by k.n`;
  return rows.map(({ buckets }) => JSON.parse(buckets) as BucketNumbers[]);
}

export const trendByPatient = defineLoader<TrendPatient, BucketNumbers[], TrendQuery>(
  'reading_trend',
  parentCacheKey,
  (ctx, patients, query) => findTrends(ctx.session, patients, query),
);

/** The summaries of a bucket, of the quantities that one of its readings has. */
export function summariesIn(kind: ReadingKind, numbers: BucketNumbers): TrendSummary[] {
  return summarized(definitionOf(kind)).flatMap((one) => toSummary(one, numbers) ?? []);
}

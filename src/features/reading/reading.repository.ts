import type { ReadingOwner } from '../activity/activity.entity';
import { keysetCondition, type Position, type SortOrder } from '../../platform/list/keyset';
import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import {
  bigint,
  boolean,
  filter,
  int,
  join,
  oneOf,
  raw,
  scoped,
  sql,
  timestamptz,
  unnest,
  type Fragment,
} from '../../platform/db/sql';
import { Table } from '../../platform/db/table';
import { toRowsOfPage, type Page, type RowsOfPage } from '../../platform/list/page';
import { definitionOf, KINDS, type ReadingKind } from '../kind/reading-kind';
import { secondOf } from './reading-id';
import { ReadingEntity } from './reading.entity';
import { toReading, type ReadingRow } from './reading.row';

const READINGS = new Table(ReadingEntity);

/** The conditions on readings; absent and null are none. */
export interface ReadingQuery {
  kinds?: ReadingKind[] | null;
  takenFrom?: Date | null;
  /** Exclusive. */
  takenTo?: Date | null;
  manual?: boolean | null;
  deviceIds?: string[] | null;
}

function conditionsOf({ kinds, takenFrom, takenTo, manual, deviceIds }: ReadingQuery): Fragment[] {
  const numbers = kinds?.map((kind) => definitionOf(kind).number);
  return [
    ...(numbers != null ? [oneOf('r.kind', numbers, 'smallint')] : []),
    ...(takenFrom != null ? [sql`r.taken_at >= ${timestamptz(takenFrom)}`] : []),
    ...(takenTo != null ? [sql`r.taken_at < ${timestamptz(takenTo)}`] : []),
    ...(manual != null ? [sql`r.manual = ${boolean(manual)}`] : []),
    ...(deviceIds != null ? [oneOf('r.device_id', deviceIds, 'bigint')] : []),
  ];
}

/** Newest first. The bound by itself lets PostgreSQL leave out partitions, which the one by pairs does not. */
const NEWEST_FIRST: SortOrder = {
  descending: true,
  expression: 'r.taken_at',
  valueAt: ({ value }) => timestamptz(value!),
  boundsExpression: true,
};

/** The first month that has a partition of its own, see ensure_reading_partitions. */
const FIRST_MONTH = '2025-01-01T00:00Z';

/**
 * The conditions of two halves of a list: the months that have partitions, and all else, which is the default partition
 * and those ahead of time; both are empty but for readings from before the first month.
 *
 * Partitions whose order is known are read one after the other, until the page is full. The default one has no order, so
 * with it in the same list PostgreSQL would begin to read all of them. As texts, since a prepared plan must know them.
 */
function halves(now = new Date()): string[] {
  const end = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2)).toISOString();
  return [
    `r.taken_at >= timestamptz '${FIRST_MONTH}' and r.taken_at < timestamptz '${end}'`,
    `(r.taken_at < timestamptz '${FIRST_MONTH}' or r.taken_at >= timestamptz '${end}')`,
  ];
}

/** One page of the readings of each parent, in one statement. */
export async function listReadings(
  session: Session,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
  query: ReadingQuery,
  page: Page<Position>,
): Promise<RowsOfPage<ReadingRow>[]> {
  const conditions = filter(...conditionsOf(query));
  const condition = keysetCondition(raw('r.id'), NEWEST_FIRST, page);
  const direction = raw(page.backward ? 'asc' : 'desc');
  const size = int(page.size + 1);
  // A limit that PostgreSQL does not see when it plans: it then reads in the order of the index and stops, rather than to
  // sort the readings of all partitions where it takes them for few.
  const parts = halves().map(
    (half) => sql`(select ${READINGS.select('r')} from reading r
        where r.customer_id = k.customer_id and r.${raw(owner)}_id = k.id and ${conditions} and ${raw(half)} ${condition}
        order by r.taken_at ${direction}, r.id ${direction} limit (select ${size}))`,
  );
  const rows = await session.sql<ReadingEntity & { parent: number }>`/* readings_by_${raw(owner)} */
    select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (
      select * from (${join(parts, ' union all ')}) both_halves
      order by "takenAt" ${direction}, id ${direction} limit ${size}
    ) x`;
  return groupByParent(parents, rows).map((readings) => toRowsOfPage(readings, page));
}

function groupByParent(
  parents: readonly ParentKey[],
  rows: readonly (ReadingEntity & { parent: number })[],
): ReadingRow[][] {
  const ofParent = parents.map((): ReadingRow[] => []);
  for (const { parent, ...row } of rows) ofParent[parent - 1]!.push(toReading(row));
  return ofParent;
}

/**
 * Readings by their ids; each is looked for in the one partition that its id tells. `limit 1` keeps PostgreSQL from joining
 * all partitions instead.
 */
export async function findReadings(session: Session, ids: readonly string[]): Promise<ReadingRow[]> {
  const keys = unnest(ids, ['bigint', String], ['timestamptz', secondOf]);
  // The key is led by customer_id: operators go through the customers.
  const customers = scoped((scope) =>
    scope.kind === 'customer' ? sql`(values (${bigint(scope.customerId)}))` : raw('(select customer.id from customer)'),
  );
  const rows = await session.sql<ReadingEntity>`/* reading_by_id */
    select x.* from ${keys} k(id, second) cross join ${customers} c(id) cross join lateral (
      select ${READINGS.select('r')} from reading r
      where r.customer_id = c.id and r.id = k.id and r.taken_at >= k.second and r.taken_at < k.second + interval '1 second'
      limit 1
    ) x`;
  return rows.map(toReading);
}

const LAST_OF_KINDS = raw(
  KINDS.map(({ number, activityColumn }) => `(${number}::smallint, a.${activityColumn})`).join(', '),
);

/**
 * The newest reading of each kind of each parent, in the order of kinds. Where each is stands in the table of activity, so
 * one partition is read for each; `offset 0` keeps PostgreSQL from joining whole partitions instead.
 */
export async function findLatestReadings(
  session: Session,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
): Promise<ReadingRow[][]> {
  const rows = await session.sql<ReadingEntity & { parent: number }>`/* latest_readings_by_${raw(owner)} */
    select distinct on (k.n, x."kindNumber") x.*, k.n::int as parent from ${keysTable(parents)}
      join ${raw(owner)}_activity a on a.customer_id = k.customer_id and a.${raw(owner)}_id = k.id
      cross join lateral (values ${LAST_OF_KINDS}) v(kind, taken_at)
      cross join lateral (
        select ${READINGS.select('r')} from reading r
        where r.customer_id = k.customer_id and r.${raw(owner)}_id = k.id and r.taken_at = v.taken_at and r.kind = v.kind
        offset 0
      ) x
    where v.taken_at is not null order by k.n, x."kindNumber", x.id desc`;
  return groupByParent(parents, rows);
}

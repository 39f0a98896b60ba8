import type { ReadingOwner } from '../activity/activity.entity';
import { conditionsOf, type ListOrder, type ListQuery } from '../../platform/list/definition';
import { keysetCondition, type Position } from '../../platform/list/keyset';
import { defineLoader, inOrderOf, parentCacheKey } from '../../platform/list/loader';
import { keysTable, ofParents, orderOf, type ParentKey } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { all, bigint, filter, int, join, raw, scoped, sql, unnest } from '../../platform/db/sql';
import { Table } from '../../platform/db/table';
import { toRowsOfPage, type Page, type RowsOfPage } from '../../platform/list/page';
import { KINDS } from '../kind/reading-kind';
import { secondOf } from './reading-id';
import { ReadingEntity } from './reading.entity';
import { toReading, type ReadingRow } from './reading.row';

const ROWS = new Table(ReadingEntity).select('r');

/** First month with its own partition, see ensure_reading_partitions. */
const FIRST_MONTH = '2025-01-01T00:00Z';

/**
 * Conditions that split a list in two: months with partitions, and everything else, i.e. the default partition and the
 * partitions created ahead of time. The second part is nearly empty: it has only readings from before the first month.
 *
 * PostgreSQL reads range partitions in order, one by one, until the page is full. The default partition has no place in that
 * order: with it in the same scan, all partitions would be opened. The bounds are literals because a prepared plan needs them.
 */
function halves(now = new Date()): string[] {
  const end = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2)).toISOString();
  return [
    `r.taken_at >= timestamptz '${FIRST_MONTH}' and r.taken_at < timestamptz '${end}'`,
    `(r.taken_at < timestamptz '${FIRST_MONTH}' or r.taken_at >= timestamptz '${end}')`,
  ];
}

/** One page of readings for each parent, in one statement. */
export async function listReadings(
  session: Session,
  list: ListOrder<ReadingRow>,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
  query: ListQuery,
  page: Page<Position>,
): Promise<RowsOfPage<ReadingRow>[]> {
  const conditions = all(
    sql`r.customer_id = k.customer_id and r.${raw(owner)}_id = k.id`,
    filter(...conditionsOf(list, query)),
  );
  const sorted = orderOf(list, query);
  const after = keysetCondition(raw('r.id'), sorted, page);
  const direction = raw(sorted.descending !== page.backward ? 'desc' : 'asc');
  const size = int(page.size + 1);
  // The planner does not see the value of this limit. It then scans the index in order and stops early. With a visible limit it
  // may sort the readings of all partitions instead, when it expects few rows.
  const parts = halves().map(
    (half) => sql`(select ${ROWS} from reading r where ${conditions} and ${raw(half)} ${after}
        order by r.taken_at ${direction}, r.id ${direction} limit (select ${size}))`,
  );
  const rows = await session.sql<ReadingEntity & { parent: number }>`/* readings_by_${raw(owner)} */
    select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (
      select * from (${join(parts, ' union all ')}) both_halves
      order by "takenAt" ${direction}, id ${direction} limit ${size}
    ) x`;
  return readingsOfParents(parents, rows).map((fetched) => toRowsOfPage(fetched, page));
}

function readingsOfParents(
  parents: readonly ParentKey[],
  rows: readonly (ReadingEntity & { parent: number })[],
): ReadingRow[][] {
  return ofParents(parents, rows).map((found) => found.map(({ parent: _parent, ...row }) => toReading(row)));
}

/**
 * Finds readings by id, each in the one partition that its id implies. `limit 1` keeps PostgreSQL from joining all partitions
 * instead.
 */
async function findReadings(session: Session, ids: readonly string[]): Promise<ReadingRow[]> {
  const keys = unnest(ids, ['bigint', String], ['timestamptz', secondOf]);
  // The primary key starts with customer_id: for operators, every customer is tried.
  const customers = scoped((scope) =>
    scope.kind === 'customer' ? sql`(values (${bigint(scope.customerId)}))` : raw('(select customer.id from customer)'),
  );
  const rows = await session.sql<ReadingEntity>`/* reading_by_id */
    select x.* from ${keys} k(id, second) cross join ${customers} c(id) cross join lateral (
      select ${ROWS} from reading r
      where r.customer_id = c.id and r.id = k.id and r.taken_at >= k.second and r.taken_at < k.second + interval '1 second'
      limit 1
    ) x`;
  return rows.map(toReading);
}

export const readingById = defineLoader<string, ReadingRow | null>('reading_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findReadings(ctx.session, ids), (reading) => reading.id),
);

const LAST_OF_KINDS = raw(
  KINDS.map(({ number, activityColumn }) => `(${number}::smallint, a.${activityColumn})`).join(', '),
);

/**
 * Newest reading of each kind for each parent, ordered by kind. The activity table has their `taken_at`, so each is read from
 * one partition. `offset 0` keeps PostgreSQL from joining whole partitions instead.
 */
async function findLatestReadings(
  session: Session,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
): Promise<ReadingRow[][]> {
  const rows = await session.sql<ReadingEntity & { parent: number }>`/* latest_readings_by_${raw(owner)} */
    select distinct on (k.n, x."kindNumber") x.*, k.n::int as parent from ${keysTable(parents)}
      join ${raw(owner)}_activity a on a.customer_id = k.customer_id and a.${raw(owner)}_id = k.id
      cross join lateral (values ${LAST_OF_KINDS}) v(kind, taken_at)
      cross join lateral (
        select ${ROWS} from reading r
        where r.customer_id = k.customer_id and r.${raw(owner)}_id = k.id and r.taken_at = v.taken_at and r.kind = v.kind
        offset 0
      ) x
    where v.taken_at is not null order by k.n, x."kindNumber", x.id desc`;
  return readingsOfParents(parents, rows);
}

const latestReadingsOf = (owner: ReadingOwner) =>
  defineLoader<ParentKey, ReadingRow[]>(`latest_readings_by_${owner}`, parentCacheKey, (ctx, parents) =>
    findLatestReadings(ctx.session, owner, parents),
  );

export const latestReadingsByDevice = latestReadingsOf('device');
export const latestReadingsByPatient = latestReadingsOf('patient');

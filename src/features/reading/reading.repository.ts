import type { ReadingOwner } from '../activity/activity.entity';
import { conditionsOf, SortDirection, type ListOrder, type ListQuery } from '../../platform/list/definition';
import { keysetCondition, type Position } from '../../platform/list/keyset';
import { defineLoader, inOrderOf, parentCacheKey, type LoaderDefinition } from '../../platform/list/loader';
import { keysTable, ofParents, type ParentKey } from '../../platform/list/list';
import { orderOf } from '../../platform/list/list-table';
import type { Session } from '../../platform/db/session';
import {
  bigint,
  filter,
  int,
  join,
  late,
  owned,
  raw,
  scoped,
  sql,
  timestamptz,
  unnest,
  type Fragment,
} from '../../platform/db/sql';
import { Table, type UsedMembers } from '../../platform/db/table';
import type { LikelyPage, RowsBelowKey, TypesOfRows } from '../../platform/list/rows-below';
import { toRowsOfPage, type Page, type RowsOfPage } from '../../platform/list/page';
import { associationAt } from '../device/device-history.repository';
import { definitionOf, KINDS, type ReadingKind } from '../kind/reading-kind';
import { MAX_AHEAD, sortedBy } from './effective-time';
import { secondOf } from './reading-id';
import { ReadingEntity } from './reading.entity';
import { toReading, type ReadingRow } from './reading.row';

export const readingTable = new Table(ReadingEntity);
const ROWS = readingTable.select('r');

/** The types of rows, as `toReading` tells them. */
export const READING_TYPES: TypesOfRows = {
  member: 'kindNumber',
  of: Object.fromEntries(
    KINDS.map(({ typeName, number, kind }) => [typeName, { value: String(number), members: { kind } }]),
  ),
};

/**
 * The end of next month. Until then, partitions are without a gap. Later readings are in the partition that was created ahead of time
 * and in the default partition, both of which are nearly always empty.
 *
 * PostgreSQL reads range partitions in order, one by one, until the page is full. The default partition has no place in that
 * order: with it in the same scan, all partitions would be opened. The bound is a literal because a prepared plan needs it.
 * Only the speed depends on `now`, so the clock of this machine is good enough.
 */
const END_OF_MONTHS = late(() => {
  const now = new Date();
  return raw(`timestamptz '${new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2)).toISOString()}'`);
});

/**
 * The planner does not see the value of a limit in a subquery. It then scans the index in order and stops early. With a visible limit
 * it may sort the readings of all partitions instead, when it expects few rows. Null is no limit.
 */
const UNLIMITED = raw('limit (select null::bigint)');

/** One page of readings for each parent, in one statement. */
export async function listReadings(
  session: Session,
  list: ListOrder<ReadingRow>,
  owner: ReadingOwner,
  parents: readonly ParentKey[],
  query: ListQuery,
  page: Page<Position>,
): Promise<RowsOfPage<ReadingRow>[]> {
  const rows = await session.sql<ReadingEntity & { parent: number }>`/* readings_by_${raw(owner)} */
    select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (
      ${readingsBelow(list, `${owner}_id`, query, page)}
    ) x`;
  return readingsOfParents(parents, rows).map((fetched) => toRowsOfPage(fetched, page));
}

/**
 * The readings of one page below the parent `k.customer_id, k.id`, and one more.
 *
 * Lists are sorted by the effective time, but indexes and partitions by `taken_at`. The two differ only for readings that are ahead,
 * by at most 24 hours. So a page is read by `taken_at`, with all readings of its last time, and then what a reading that is ahead can
 * bring onto it.
 *
 * @param column of the parent's id; an index has it after the customer and before `taken_at`
 * @param used see `PageBelowKey.rows`. Without it, the rows have all members
 */
export function readingsBelow(
  list: ListOrder<ReadingRow>,
  column: ParentColumn,
  query: ListQuery,
  page: Page<Position>,
  used?: UsedMembers,
): Fragment {
  const members = membersOf(used);
  const sorted = orderOf(list, query);
  const descends = sorted.descending !== page.backward;
  const direction = raw(descends ? 'desc' : 'asc');
  const size = int(page.size + 1);
  const end = END_OF_MONTHS;
  const [to, from] = (sorted.descending ? [page.after, page.before] : [page.before, page.after]).map(
    (position) => position && timestamptz(position.value ?? null),
  );
  const months = monthsBelow(column);
  const chosen = sql`${filter(...conditionsOf(list, query))} ${keysetCondition(raw('r.id'), sorted, page)}
        ${from ? sql`and r.taken_at >= ${from}` : NOTHING}`;
  const last = to && sql`and r.taken_at <= ${to} + ${MAX_AHEAD}`;
  const later = laterBelow(column, sql`${chosen} ${last ?? NOTHING}`);
  const between = (first: Fragment, until: Fragment) =>
    sql`readings_between('${raw(column)}', k.customer_id, k.id, ${first}, ${until}) r`;
  // The filter is applied afterward: PostgreSQL expects so few readings in the period that it would choose any index that has them.
  const others = descends
    ? [
        sql`(values (${OLDER.first(size)}, ${OLDER.until}), (${end}, 'infinity')) b(first, until)
          cross join lateral ${between(raw('b.first'), raw('b.until'))} where (${OLDER.any} or ${later}) and`,
        ...(to ? [sql`(select r.* from ${months} and ${aheadOf(to)} offset 0) r where`] : []),
      ]
    : [
        sql`(select r.* from ${months} and ${aheadOfPage(size)} offset 0) r where`,
        sql`${between(end, raw("'infinity'"))} where ${later} and`,
      ];
  return sql`with by_taken as materialized (
        select ${members} from ${months} and ${chosen} ${(descends ? to && sql`and r.taken_at <= ${to}` : last) ?? NOTHING}
        order by r.taken_at ${direction} fetch first (select ${size}) rows with ties
      )
      select * from (select * from by_taken ${join(
        others.map((rows) => sql`union all select ${members} from ${rows} ${chosen}`),
        ' ',
      )}) page
      order by ${SORTED_ROW} ${direction}, id ${direction} limit ${size}`;
}

/**
 * A page of the newest readings, if none of them is ahead: then no other reading has a later effective time. With all readings of its
 * last time, for the same plan as in `readingsBelow`.
 */
export function likelyReadings(list: ListOrder<ReadingRow>, column: ParentColumn): LikelyPage {
  return {
    includes: ({ filter: filters, sort }, { backward, after, before }) => {
      const isFirst = !backward && !after && !before && sort.direction === SortDirection.DESC;
      return isFirst && conditionsOf(list, { filter: filters }).length === 0;
    },
    rows: (page, used) => {
      const size = int(page.size + 1);
      return sql`select * from (select ${membersOf(used)} from ${monthsBelow(column)}
          order by r.taken_at desc fetch first (select ${size}) rows with ties) newest
        order by "takenAt" desc, id desc limit ${size}`;
    },
    isDoubtful: (row) => raw(`${row}."takenAt" > ${row}."receivedAt"`),
    areDoubtful: laterBelow(column),
  };
}

const membersOf = (used: UsedMembers | undefined): Fragment =>
  used ? readingTable.selectUsed('r', used, ['takenAt', 'receivedAt']) : ROWS;

const below = (column: ParentColumn): Fragment => sql`r.customer_id = k.customer_id and r.${raw(column)} = k.id`;

const monthsBelow = (column: ParentColumn): Fragment =>
  sql`reading r where ${below(column)} and r.taken_at < ${END_OF_MONTHS}`;

/** Whether there are readings after the months. In the scope of a customer, looked up once for all parents. */
function laterBelow(column: ParentColumn, chosen: Fragment = raw('true')): Fragment {
  const ofParents = scoped(({ kind }) => (kind === 'customer' ? owned('r') : below(column)));
  return sql`(select exists (select from reading r
        where ${ofParents} and r.taken_at >= ${END_OF_MONTHS} and ${chosen}))`;
}

/** The function `readings_between` of the database knows these. */
export type ParentColumn = `${ReadingOwner}_id` | 'kind::integer';

const NOTHING = raw('');
/** What lists are sorted by, in rows of `readingsBelow`. */
export const SORTED_ROW = raw(sortedBy('"takenAt"', '"receivedAt"'));

/**
 * If the page is full and has readings that are ahead: older readings with a later effective time. They are rare, so a function reads
 * them: a plan for them within the statement would make PostgreSQL prepare all partitions once more, even if it reads nothing.
 */
const OLDER = {
  any: sql`(select exists (select from by_taken where "takenAt" > "receivedAt"))`,
  first: (size: Fragment) =>
    sql`(select case when count(*) >= ${size} and min(${SORTED_ROW}) < min("takenAt") then min(${SORTED_ROW}) end from by_taken)`,
  until: sql`(select min("takenAt") from by_taken)`,
};

/** If the page is full: later readings with an earlier effective time. */
function aheadOfPage(size: Fragment): Fragment {
  return sql`r.taken_at > (select case when count(*) >= ${size} then max("takenAt") else 'infinity' end from by_taken)
          and r.taken_at <= (select max(${SORTED_ROW}) + ${MAX_AHEAD} from by_taken) and r.taken_at > r.received_at`;
}

/** Readings taken after a cursor, with an effective time before it. */
function aheadOf(cursor: Fragment): Fragment {
  return sql`r.taken_at > ${cursor} and r.taken_at <= ${cursor} + ${MAX_AHEAD} and r.taken_at > r.received_at`;
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
 * Newest reading of each kind below the parent `k`, ordered by kind. The activity table has their effective times, so each is read
 * from one partition, or two if it is ahead. `offset 0` keeps PostgreSQL from joining whole partitions instead.
 */
function latestReadings(owner: ReadingOwner): RowsBelowKey {
  const ofKind = sql`select ${ROWS} from reading r
        where r.customer_id = k.customer_id and r.${raw(owner)}_id = k.id and r.kind = v.kind`;
  const rows = sql`
      select x.* from ${raw(owner)}_activity a
      cross join lateral (values ${LAST_OF_KINDS}) v(kind, at)
      cross join lateral (
        select * from (
          (select * from (${ofKind} and r.taken_at = v.at and r.taken_at <= r.received_at offset 0) others order by id desc limit 1)
          union all
          (select * from (${ofKind} and r.taken_at >= v.at and r.taken_at <= v.at + ${MAX_AHEAD} order by r.taken_at ${UNLIMITED}) ahead
            order by ${SORTED_ROW} desc, id desc limit 1)
        ) found limit 1 offset 0
      ) x
      where a.customer_id = k.customer_id and a.${raw(owner)}_id = k.id and v.at is not null order by v.kind`;
  return { columns: readingTable, rows, isOne: false, types: READING_TYPES };
}

function latestReadingsOf(owner: ReadingOwner): LoaderDefinition<ParentKey, ReadingRow[]> {
  const name = `latest_readings_by_${owner}`;
  const below = latestReadings(owner);
  const loader = defineLoader<ParentKey, ReadingRow[]>(name, parentCacheKey, async ({ session }, parents) => {
    const rows = await session.sql<ReadingEntity & { parent: number }>`/* ${raw(name)} */
      select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (${below.rows}) x order by k.n, x."kindNumber"`;
    return readingsOfParents(parents, rows);
  });
  return { ...loader, below };
}

export const latestReadingsByDevice = latestReadingsOf('device');
export const latestReadingsByPatient = latestReadingsOf('patient');

/** The newest of the latest readings, or of one kind: the same as `newestOf`. */
export function latestReadingOfDevice({ kind }: { kind?: ReadingKind | null }): RowsBelowKey {
  const { rows, ...below } = latestReadingsByDevice.below!;
  const ofKind = kind == null ? raw('') : raw(`where "kindNumber" = ${definitionOf(kind).number} `);
  return {
    ...below,
    rows: sql`select * from (${rows}) latest ${ofKind}order by ${SORTED_ROW} desc, id desc limit 1`,
    isOne: true,
  };
}

/** The association of the device with the patient at the effective time. */
export const associationOfReading = associationAt<
  Pick<ReadingEntity, 'customerId' | 'deviceId' | 'patientId' | 'takenAt' | 'receivedAt'>
>(
  'association_of_reading',
  {
    customerId: 'bigint',
    deviceId: 'bigint',
    patientId: 'bigint',
    takenAt: 'timestamptz',
    receivedAt: 'timestamptz',
  },
  { patient: 'k."patientId"', at: 'least(k."takenAt", k."receivedAt")', ended: 'false' },
);

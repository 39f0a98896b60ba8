import type { Session, Tx } from '../db/session';
import { all, bigint, bigints, int, raw, scoped, sql, unnest, type Fragment } from '../db/sql';
import type { Table } from '../db/table';
import type { ListDefinition, ListQuery, ParentLink } from './definition';
import { keyset, type Position } from './keyset';
import { filtersOf, idOf, ofOneCustomer, orderOf, ownedBy, selected, tableOf } from './list-table';
import { toRowsOfPage, type Page, type RowsOfPage } from './page';
import { pageOf } from './page-of-list';

/** The key of a parent row. */
export interface ParentKey {
  customerId: string;
  id: string;
  /** See `ParentLink.asOf`. All parents of a statement have it, or none. */
  asOf?: string | null;
}

/**
 * One page at the root.
 *
 * @param offset number of rows to skip
 */
export async function listRows<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  query: ListQuery,
  page: Page<Position>,
  offset = 0,
): Promise<RowsOfPage<Row>> {
  const rows = await session.sql<Row>`/* ${raw(list.name)} */ ${pageOf(list, query, page, offset)}`;
  return toRowsOfPage(rows, page);
}

/** Counts the rows of the whole list, up to a maximum. */
export async function countRowsUpTo<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  query: ListQuery,
  maximum: number,
): Promise<number> {
  const [row] = await session.sql<{ count: number }>`/* ${raw(list.name)}_count */ select count(*)::int as count
    from (select from ${tableOf(list)} where ${all(ownedBy(list), ...filtersOf(list, query))} limit ${int(maximum)}) x`;
  return row!.count;
}

/** Counts the rows of the whole list. */
export async function countRows<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  query: ListQuery,
): Promise<number> {
  const [row] = await session.sql<{ count: number }>`/* ${raw(list.name)}_count */ ${countOf(list, query)}`;
  return row!.count;
}

/** The number of all rows at the root. */
export function countOf<Row extends object>(list: ListDefinition<Row>, query: ListQuery): Fragment {
  return ofOneCustomer(
    query,
    sql`select count(*)::int as count
    from ${tableOf(list)} where ${all(ownedBy(list), ...filtersOf(list, query))}`,
  );
}

const AS_OF: [type: string, valueOf: (parent: ParentKey) => unknown] = ['text', ({ asOf }) => asOf];

/** The keys of the parents as a table `k`. In a customer's scope, children are looked up with that customer's id, also below a parent of Impilo. */
export function keysTable(parents: readonly ParentKey[]): Fragment {
  const hasStates = parents[0]?.asOf !== undefined;
  const keys = scoped((scope) =>
    unnest(
      parents,
      ['bigint', ({ customerId }) => (scope.kind === 'customer' ? scope.customerId : customerId)],
      ['bigint', ({ id }) => id],
      ...(hasStates ? [AS_OF] : []),
    ),
  );
  return sql`${keys} with ordinality as k(customer_id, id, ${raw(hasStates ? 'as_of, n' : 'n')})`;
}

/**
 * Makes a function that finds all rows below parents by one statement, e.g. the items of orders.
 *
 * @param name of the statement
 * @param column of the parent's id
 * @param order of the rows `c`
 */
export function rowsBelow<Row extends object>(name: string, table: Table<Row>, column: string, order: string) {
  const condition = raw(`c.customer_id = k.customer_id and c.${column} = k.id`);
  const find = (session: Session, parents: readonly ParentKey[]): Promise<Row[]> =>
    session.sql<Row>`/* ${raw(name)} */ select ${table.select('c')} from ${keysTable(parents)}
      join ${raw(table.name)} c on ${condition} order by ${raw(order)}`;
  const rows = sql`select ${table.select('c')} from ${raw(table.name)} c where ${condition} order by ${raw(order)}`;
  return Object.assign(find, { below: { columns: table, rows, isOne: false } });
}

/** One page below each parent, in one statement: PostgreSQL runs the list once per parent (LATERAL) and stops at its page. */
export async function listRowsOfParents<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  link: ParentLink,
  parents: readonly ParentKey[],
  query: ListQuery,
  page: Page<Position>,
): Promise<RowsOfPage<Row>[]> {
  const rows = await session.sql<Row & { parent: number }>`/* ${raw(`${list.name}_${link.name}`)} */
    select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (${pageBelow(list, link, query, page)}) x`;
  return ofParents(parents, rows).map((fetched) => toRowsOfPage(fetched, page));
}

/** The rows of a page below the parent `k`, and one more. */
export function pageBelow<Row extends object>(
  list: ListDefinition<Row>,
  link: ParentLink,
  query: ListQuery,
  page: Page<Position>,
): Fragment {
  const order = orderOf(list, query);
  const { condition, order: ordered } = keyset(link.id ?? raw(`${list.alias}.id`), order, page);
  return sql`
      select ${selected(list, order)} where ${all(link.condition, ...filtersOf(list, query))} ${condition} ${ordered}`;
}

/** The number of all rows below the parent `k`. */
export function countBelow<Row extends object>(
  list: ListDefinition<Row>,
  link: ParentLink,
  query: ListQuery,
): Fragment {
  return sql`select count(*)::int as count from ${tableOf(list)} where ${all(link.condition, ...filtersOf(list, query))}`;
}

/** The row with an id. */
export function rowById<Row extends object>(list: ListDefinition<Row>, id: Fragment): Fragment {
  return sql`select ${list.table.select(list.alias)} from ${tableOf(list)} where ${ownedBy(list)} and ${idOf(list)} = ${id}`;
}

/** Counts the rows of the whole list below each parent, in one statement. */
export async function countRowsOfParents<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  link: ParentLink,
  parents: readonly ParentKey[],
  query: ListQuery,
): Promise<number[]> {
  const rows = await session.sql<{ parent: number; count: number }>`/* ${raw(`${list.name}_${link.name}_count`)} */
    select k.n::int as parent, x.count from ${keysTable(parents)} cross join lateral (${countBelow(list, link, query)}) x`;
  return ofParents(parents, rows).map(([row]) => row?.count ?? 0);
}

/** The rows below each parent, by the parent's number in `keysTable`. */
export function ofParents<Row extends { parent: number }>(
  parents: readonly ParentKey[],
  rows: readonly Row[],
): Row[][] {
  const ofParent = parents.map((): Row[] => []);
  for (const row of rows) ofParent[row.parent - 1]!.push(row);
  return ofParent;
}

/**
 * Rows by their ids, in any order, without those that the scope must not see. `offset 0` makes PostgreSQL look up each id
 * separately: for `id = any` it would scan all rows of a customer that it estimates to be small.
 */
export async function rowsByIds<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  ids: readonly string[],
): Promise<Row[]> {
  return session.sql<Row>`/* ${raw(list.table.name)}_by_id */
    select x.* from unnest(${bigints(ids)}) k(id) cross join lateral (
      select ${list.table.select(list.alias)} from ${tableOf(list)} where ${ownedBy(list)} and ${idOf(list)} = k.id offset 0
    ) x`;
}

/** Locks a row until the transaction ends. Undefined when the scope has no row with this id. @param name of the statement */
export async function lockRow<Row extends object>(
  tx: Tx,
  list: ListDefinition<Row>,
  name: string,
  id: string,
): Promise<Row | undefined> {
  const [row] = await tx.sql<Row>`/* ${raw(name)} */ select ${list.table.select(list.alias)} from ${tableOf(list)}
    where ${ownedBy(list)} and ${idOf(list)} = ${bigint(id)} for no key update`;
  return row;
}

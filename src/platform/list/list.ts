import type { Session, Tx } from '../db/session';
import {
  all,
  asCustomer,
  bigint,
  bigints,
  Equality,
  filter,
  int,
  join,
  key,
  owned,
  PLAN_EACH_TIME,
  raw,
  scoped,
  sql,
  unnest,
  type Fragment,
} from '../db/sql';
import type { Table } from '../db/table';
import { AnyWay, type Way } from './any-way';
import {
  conditionsOf,
  SortDirection,
  type ListDefinition,
  type ListOrder,
  type ListQuery,
  type ParentLink,
} from './definition';
import { keyset, sortColumns, type Order, type Position } from './keyset';
import { toRowsOfPage, type Page, type RowsOfPage } from './page';

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

function skip(offset: number): Fragment {
  return offset === 0 ? NOTHING : sql` offset ${int(offset)}`;
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

/** For an operator who asks for the rows of one customer, PostgreSQL would look for them among the rows of all customers. */
function ofOneCustomer({ filter: { customerIds } }: ListQuery, rows: Fragment): Fragment {
  const [customerId, ...others] = (customerIds ?? []) as readonly string[];
  return customerId === undefined || others.length > 0 ? rows : asCustomer(customerId, rows);
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

/** The rows of a page at the root, and one more. */
export function pageOf<Row extends object>(
  list: ListDefinition<Row>,
  query: ListQuery,
  page: Page<Position>,
  offset = 0,
): Fragment {
  return ofOneCustomer(query, pageInScope(list, query, page, offset));
}

function pageInScope<Row extends object>(
  list: ListDefinition<Row>,
  query: ListQuery,
  page: Page<Position>,
  offset: number,
): Fragment {
  const order = orderOf(list, query);
  const { alias, alsoOf, shared } = list;
  const conditions = conditionsOf(list, query);
  const found = conditions.find((one) => one instanceof AnyWay);
  if (found && alsoOf === undefined && !shared) {
    const others = conditions.filter((one) => one !== found);
    return pageOfWays(list, order, page, offset, found, others.length === 0 ? [] : [filter(...others)]);
  }
  const { condition, order: ordered } = keyset(idOf(list), order, page);
  const planned = plannedFor(order);
  const filters = filtersOfPage(list, query);
  const whole = sql`select ${selected(list, order)}
    where ${all(ownedBy(list), ...filters)} ${condition} ${ordered}${skip(offset)}${planned}`;
  if (alsoOf === undefined || order.rule.joined) return whole;
  // An index has the rows of one customer in order. For a condition on two, PostgreSQL would sort all their rows.
  const { order: first } = keyset(idOf(list), order, { ...page, size: page.size + offset });
  const rowsOf = (owner: Fragment) =>
    sql`(select ${raw(alias)}.* from ${tableOf(list)} where ${all(owner, ...filters)} ${condition} ${first})`;
  const both = sql`(${rowsOf(owned(alias))} union all ${rowsOf(sql`${raw(alias)}.customer_id = ${raw(alsoOf)}`)}) ${raw(alias)}`;
  const merged = sql`select ${columnsOf(list, order)} from ${both} ${ordered}${skip(offset)}`;
  return scoped((scope) => (scope.kind === 'customer' && scope.customerId !== alsoOf ? merged : whole));
}

/** A generic plan would join all rows of a big customer to read one page. */
function plannedFor<Row>({ rule }: Order<Row>): Fragment {
  return rule.joined ? PLAN_EACH_TIME : NOTHING;
}

/** Rows that are found by an index and sorted, at most. */
const FEW = 2_000;

/**
 * The same for rows that meet a condition in any of several ways. PostgreSQL expects such rows everywhere in the list, and would read
 * it from its start until it has a page: all of it, if they are at its end.
 *
 * Each way whose index has the order of the list has a page. The rows of each other way are found by its index and sorted. If they
 * are many, the list is read from its start. So one plan is the best for all values.
 */
function pageOfWays<Row extends object>(
  list: ListDefinition<Row>,
  order: Order<Row>,
  page: Page<Position>,
  offset: number,
  { ways, ofRow }: AnyWay,
  filters: readonly Fragment[],
): Fragment {
  const [id, table, alias] = [idOf(list), tableOf(list), raw(list.alias)];
  const { condition: bounds, order: first } = keyset(id, order, { ...page, size: page.size + offset });
  const pageFrom = (from: Fragment, ...conditions: readonly Fragment[]) =>
    sql`(select ${alias}.* from ${from}${joinOf(order)} where ${all(...conditions, ...filters)} ${bounds} ${first})`;
  const isInOrder = (way: Way) => 'condition' in way && way.sort === order.rule;
  const found = ways.filter((way) => !isInOrder(way)).map((way) => rowsOfWay(list, way));
  const areFew = raw('(select are_few from few)');
  const pages = [
    ...ways.flatMap((way) =>
      'condition' in way && isInOrder(way) ? pageFrom(table, ownedBy(list), way.condition) : [],
    ),
    ...found.map(({ rows }) => pageFrom(sql`(${rows}) ${alias}`, areFew)),
    pageFrom(table, ownedBy(list), ofRow, sql`not ${areFew}`),
  ];
  // Of the rows of all customers, a generic plan would find all that are met in a way before it takes the first ones.
  const planned = scoped(({ kind }) => (kind === 'customer' ? plannedFor(order) : PLAN_EACH_TIME));
  // A row can be met in several ways.
  return sql`with few as materialized (select ${all(...found.map(({ areFew: one }) => one))} as are_few)
    select distinct on (${join(sortColumns(id, order.rule))}) ${columnsOf(list, order)}
    from (${join(pages, ' union all ')}) ${alias}${joinOf(order)} ${keyset(id, order, page).order}${skip(offset)}${planned}`;
}

/** The rows that are found in one way, and the condition that they are few. */
function rowsOfWay<Row extends object>(list: ListDefinition<Row>, way: Way): { rows: Fragment; areFew: Fragment } {
  const rows = raw(`select ${list.alias}.*`);
  const from = sql`from ${tableOf(list)} where ${ownedBy(list)}`;
  const few = raw(`limit ${FEW}`);
  const areFew = (found: Fragment) =>
    sql`(select count(*) <= ${raw(`${FEW} from (`)}${found} ${raw(`limit ${FEW + 1}`)}) x)`;
  if ('ids' in way)
    return { rows: sql`${rows} ${from} and ${idOf(list)} = any(array(${way.ids} ${few}))`, areFew: areFew(way.ids) };
  // PostgreSQL would read all rows of a small part of the table. Operators do not have an index of each column.
  const order = scoped(({ kind }) => (kind === 'customer' ? sql` order by ${way.column}` : NOTHING));
  const found = sql`${from} and ${way.condition}${order}`;
  return { rows: sql`${rows} ${found} ${few}`, areFew: areFew(sql`select ${found}`) };
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

const NOTHING = raw('');

/** The select list and the from clause of a list. */
function selected<Row extends object>(list: ListDefinition<Row>, order: Order<Row>): Fragment {
  return sql`${columnsOf(list, order)} from ${tableOf(list)}${joinOf(order)}`;
}

/** Joins the table of the sort. */
function joinOf<Row>({ rule: { joined } }: Order<Row>): Fragment {
  return joined ? raw(` ${joined.join}`) : NOTHING;
}

function columnsOf<Row extends object>(
  { table, alias }: ListDefinition<Row>,
  { rule: { selected: value } }: Order<Row>,
): Fragment {
  return join([table.select(alias), ...(value === undefined ? [] : [raw(`${value} as "sortValue"`)])]);
}

/** An empty array, not an empty condition, when there are no conditions. */
export function filtersOf<Row extends object>(list: ListDefinition<Row>, query: ListQuery): Fragment[] {
  const conditions = conditionsOf(list, query);
  return conditions.length === 0 ? [] : [filter(...conditions)];
}

/** The same for a page at the root. */
function filtersOfPage<Row extends object>(list: ListDefinition<Row>, query: ListQuery): Fragment[] {
  const conditions = conditionsOf(list, query);
  if (conditions.length === 0) return [];
  // With an index by the column and the id, one plan is the best for rare and for frequent values.
  const [first] = conditions;
  const isSorted = orderOf(list, query).rule.expression === undefined;
  return conditions.length === 1 && first instanceof Equality && isSorted ? [first] : [filter(...conditions)];
}

export function orderOf<Row>(list: ListOrder<Row>, { sort: { field, direction } }: ListQuery): Order<Row> {
  return { rule: list.sorts[field]!, descending: direction === SortDirection.DESC };
}

type TableDefinition = Pick<ListDefinition<object>, 'alias' | 'owned' | 'alsoOf' | 'shared'>;

export function tableOf<Row extends object>({ table, alias }: ListDefinition<Row>): Fragment {
  return raw(`${table.name} ${alias}`);
}

export function ownedBy(list: TableDefinition): Fragment {
  const { alias, alsoOf } = list;
  if (list.owned) return list.owned;
  if (alsoOf !== undefined)
    return scoped((scope) =>
      scope.kind === 'customer'
        ? sql`${raw(alias)}.customer_id in (${bigint(scope.customerId)}, ${raw(alsoOf)})`
        : all(),
    );
  return list.shared ? raw('true') : owned(list.alias);
}

/** Whether the rows are those of one customer, by `owned` and by the policy of the table. */
export function isOwned({ owned: condition, alsoOf, shared }: TableDefinition): boolean {
  return condition === undefined && alsoOf === undefined && !shared;
}

function idOf({ shared, alias }: TableDefinition): Fragment {
  return shared ? raw(`${alias}.id`) : key(`${alias}.id`);
}

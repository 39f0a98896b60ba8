import { all, Equality, filter, int, join, owned, PLAN_EACH_TIME, raw, scoped, sql, type Fragment } from '../db/sql';
import { AnyWay, type Way } from './any-way';
import { conditionsOf, type ListDefinition, type ListQuery } from './definition';
import { InRange } from './in-range';
import { keyset, sortColumns, type Order, type Position } from './keyset';
import { columnsOf, idOf, isOwned, joinOf, ofOneCustomer, orderOf, ownedBy, selected, tableOf } from './list-table';
import type { Page } from './page';

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
  const { alsoOf, shared } = list;
  const conditions = conditionsOf(list, query);
  if (alsoOf !== undefined || shared) return plainPage(list, query, page, offset);
  const found = conditions.find((one) => one instanceof AnyWay);
  const others = conditions.filter((one) => one !== found);
  if (found) return pageOfWays(list, order, page, offset, found, others.length === 0 ? [] : [filter(...others)]);
  const whole = plainPage(list, query, page, offset);
  const [first] = conditions;
  // A range has no rows that the list has not, if the list has all of the customer's.
  const isAlone = conditions.length === 1 && isOwned(list) && order.rule.expression === undefined;
  if (!isAlone || !(first instanceof InRange)) return whole;
  const ofRange = pageOfRange(list, order, page, offset, first);
  return scoped(({ kind }) => (kind === 'customer' ? ofRange : whole));
}

function plainPage<Row extends object>(
  list: ListDefinition<Row>,
  query: ListQuery,
  page: Page<Position>,
  offset: number,
): Fragment {
  const order = orderOf(list, query);
  const { alias, alsoOf } = list;
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

/** Ids that are found by an index and sorted before others are sought, at most. */
const FEW_IDS = 1_000;
/** Rows that are read in the order of the list for a page of frequent ones, at most. */
const BEGINNING = 2_000;

/**
 * The same in the order of the ids, for rows that are in a range of another table. Only that table is read to find them.
 *
 * Few are found by the index of the range, and sorted. If they are many, a page is sought from the start of the list. If it is not full
 * soon, they are at the end, or rare in a long list: then all are found by the index. So one plan is good for all values.
 */
function pageOfRange<Row extends object>(
  list: ListDefinition<Row>,
  order: Order<Row>,
  page: Page<Position>,
  offset: number,
  { range }: InRange,
): Fragment {
  const { condition, ofRow, column, alias } = range;
  const size = page.size + offset;
  const { condition: bounds, order: first } = keyset(raw('k.id'), order, { ...page, size });
  const [id, from] = [raw(range.id), sql`from ${raw(range.from)} where ${owned(alias)}`];
  const inOrder = keyset(id, order, page);
  const pageFrom = (rows: Fragment, isIn = raw('true')) =>
    sql`select k.id from ${rows} where ${isIn} ${bounds} ${first}`;
  const begun = pageFrom(
    sql`(select ${id} as id, ${ofRow} as is_in ${from} ${inOrder.condition} ${inOrder.by} ${raw(`limit ${BEGINNING}`)}) k`,
    raw('k.is_in'),
  );
  const all = pageFrom(sql`(select ${id} as id ${from} and ${condition}) k`);
  return sql`with few as materialized (
        select array(select ${id} ${from} and ${condition} order by ${raw(`${column} limit ${FEW_IDS + 1}`)}) as ids),
      begun as materialized (select array(${begun}) as ids),
      found as materialized (select case when cardinality((select ids from few)) <= ${raw(`${FEW_IDS}`)} then (select ids from few)
        when cardinality((select ids from begun)) > ${int(size)} then (select ids from begun) else array(${all}) end as ids)
    select ${columnsOf(list, order)} from (${pageFrom(raw('unnest((select ids from found)) k(id)'))}) k
      cross join lateral (select * from ${tableOf(list)} where ${ownedBy(list)} and ${idOf(list)} = k.id offset 0) ${raw(list.alias)}
    ${keyset(raw('k.id'), order, page).by}${skip(offset)}`;
}

/** As `filtersOf`, for a page at the root. */
function filtersOfPage<Row extends object>(list: ListDefinition<Row>, query: ListQuery): Fragment[] {
  const conditions = conditionsOf(list, query);
  if (conditions.length === 0) return [];
  // With an index by the column and the id, one plan is the best for rare and for frequent values.
  const [first] = conditions;
  const isSorted = orderOf(list, query).rule.expression === undefined;
  return conditions.length === 1 && first instanceof Equality && isSorted ? [first] : [filter(...conditions)];
}

function skip(offset: number): Fragment {
  return offset === 0 ? NOTHING : sql` offset ${int(offset)}`;
}

const NOTHING = raw('');

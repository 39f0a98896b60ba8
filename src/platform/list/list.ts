import { toRowsOfPage, type Page, type RowsOfPage } from './page';
import { keyset, type Position, type SortOrder } from './keyset';
import type { Session } from '../db/session';
import { selectList, StatementBuilder, type EntityClass } from '../db/statement';

/** A list of one table's rows that is filtered, sorted and paged; at the root or below many parents at once. */
export interface ListDefinition<Row extends object, Query> {
  /** Of the statements, e.g. `devices`. */
  name: string;
  entity: EntityClass & (new () => Row);
  table: string;
  /** Of the table in the conditions. */
  alias: string;
  /** The scope's own condition on the table; by default that its customer_id is the scope's. */
  owned?: (sql: StatementBuilder, alias: string) => string;
  /** True for a table that belongs to no customer: its ids are its key for everybody. */
  shared?: boolean;
  /** The conditions of the query's filter. The scope's own condition is added to them. */
  conditions: (sql: StatementBuilder, query: Query) => string[];
  order: (query: Query) => SortOrder;
}

/** How a list hangs below its parents: the rows whose columns equal the parent's key `k.customer_id, k.id`. */
export interface ParentLink {
  /** Of the statements, e.g. `by_site`. */
  name: string;
  condition: (sql: StatementBuilder) => string;
  /** SQL of the rows' id, if not the plain column: below a parent with rows of several customers it is the operators' key. */
  id?: (sql: StatementBuilder) => string;
}

/** The key of a parent row. */
export interface ParentKey {
  customerId: string;
  id: string;
}

/** One page at the root. */
export async function listRows<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  query: Query,
  page: Page<Position>,
): Promise<RowsOfPage<Row>> {
  const sql = new StatementBuilder(session.scope);
  const { filters, planEachTime } = filtersOf(sql, list, query);
  const conditions = [owned(sql, list, list.alias), ...filters].join(' and ');
  const sort = list.order(query);
  const { condition, order } = keyset(sql, idOf(sql, list, list.alias), sort, page);
  const rows = await session.query<Row>(
    sql.build(list.name, `select ${selected(list, sort)} where ${conditions} ${condition} ${order}`, {
      // A plan for any customer would join the whole of a big one to read its page.
      planEachTime: planEachTime || sort.joined !== undefined,
    }),
  );
  return toRowsOfPage(rows, page);
}

/** How many rows the whole list has. */
export async function countRows<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  query: Query,
): Promise<number> {
  const sql = new StatementBuilder(session.scope);
  const { filters, planEachTime } = filtersOf(sql, list, query);
  const conditions = [owned(sql, list, list.alias), ...filters].join(' and ');
  const [row] = await session.query<{ count: number }>(
    sql.build(
      `${list.name}_count`,
      `select count(*)::int as count from ${list.table} ${list.alias} where ${conditions}`,
      {
        planEachTime,
      },
    ),
  );
  return row!.count;
}

/** The keys of the parents as a table `k`; a customer's children are looked up with its own id whoever owns the parent. */
export function keysTable(sql: StatementBuilder, parents: readonly ParentKey[]): string {
  const { scope } = sql;
  const keys = sql.unnest(
    parents,
    ['bigint', ({ customerId }) => (scope.kind === 'customer' ? scope.customerId : customerId)],
    ['bigint', ({ id }) => id],
  );
  return `${keys} with ordinality as k(customer_id, id, n)`;
}

/** One page below each parent, in one statement: PostgreSQL runs the list once per parent (LATERAL) and stops at its page. */
export async function listRowsOfParents<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  link: ParentLink,
  parents: readonly ParentKey[],
  query: Query,
  page: Page<Position>,
): Promise<RowsOfPage<Row>[]> {
  const sql = new StatementBuilder(session.scope);
  const from = keysTable(sql, parents);
  const { filters, planEachTime } = filtersOf(sql, list, query);
  const conditions = [link.condition(sql), ...filters].join(' and ');
  const sort = list.order(query);
  const { condition, order } = keyset(sql, link.id?.(sql) ?? `${list.alias}.id`, sort, page);
  const rows = await session.query<Row & { parent: number }>(
    sql.build(
      `${list.name}_${link.name}`,
      `select x.*, k.n::int as parent from ${from} cross join lateral (
         select ${selected(list, sort)} where ${conditions} ${condition} ${order}
       ) x`,
      { planEachTime },
    ),
  );
  const ofParent = parents.map((): Row[] => []);
  for (const row of rows) ofParent[row.parent - 1]!.push(row);
  return ofParent.map((fetched) => toRowsOfPage(fetched, page));
}

/** How many rows the whole list below each parent has, in one statement. */
export async function countRowsOfParents<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  link: ParentLink,
  parents: readonly ParentKey[],
  query: Query,
): Promise<number[]> {
  const sql = new StatementBuilder(session.scope);
  const from = keysTable(sql, parents);
  const { filters, planEachTime } = filtersOf(sql, list, query);
  const conditions = [link.condition(sql), ...filters].join(' and ');
  const rows = await session.query<{ parent: number; count: number }>(
    sql.build(
      `${list.name}_${link.name}_count`,
      `select k.n::int as parent, x.count from ${from} cross join lateral (
         select count(*)::int as count from ${list.table} ${list.alias} where ${conditions}
       ) x`,
      { planEachTime },
    ),
  );
  const counts = parents.map(() => 0);
  for (const row of rows) counts[row.parent - 1] = row.count;
  return counts;
}

/**
 * Rows by their ids, in any order; ids of rows that the scope may not see have none. Each id is looked up by itself, which
 * `offset 0` keeps so: for `id = any` PostgreSQL would rather walk all rows of a customer that it takes for a small one.
 */
export async function rowsByIds<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  ids: readonly string[],
): Promise<Row[]> {
  const { entity, table, alias } = list;
  const sql = new StatementBuilder(session.scope);
  const keys = `unnest(${sql.value(ids, 'bigint[]')}) k(id)`;
  const conditions = `${owned(sql, list, alias)} and ${idOf(sql, list, alias)} = k.id`;
  const row = `select ${selectList(entity, alias)} from ${table} ${alias} where ${conditions} offset 0`;
  return session.query<Row>(sql.build(`${table}_by_id`, `select x.* from ${keys} cross join lateral (${row}) x`));
}

/** What a list selects, and from where. */
function selected<Row extends object, Query>(
  { entity, table, alias }: ListDefinition<Row, Query>,
  { joined }: SortOrder,
): string {
  const columns = selectList(entity, alias);
  return joined
    ? `${columns}, ${joined.value} as "sortValue" from ${table} ${alias} ${joined.join}`
    : `${columns} from ${table} ${alias}`;
}

/** A filter with values is planned anew each time; one without, e.g. of devices that somebody has, has one best plan. */
function filtersOf<Row extends object, Query>(
  sql: StatementBuilder,
  list: ListDefinition<Row, Query>,
  query: Query,
): { filters: string[]; planEachTime: boolean } {
  const valuesBefore = sql.valueCount;
  const filters = list.conditions(sql, query);
  return { filters, planEachTime: sql.valueCount > valuesBefore };
}

type TableDefinition = Pick<ListDefinition<object, never>, 'owned' | 'shared'>;

function owned(sql: StatementBuilder, table: TableDefinition, alias: string): string {
  if (table.owned) return table.owned(sql, alias);
  return table.shared ? 'true' : sql.owned(alias);
}

function idOf(sql: StatementBuilder, table: TableDefinition, alias: string): string {
  return table.shared ? `${alias}.id` : sql.key(`${alias}.id`);
}

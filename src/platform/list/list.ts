import { toRowsOfPage, type Page, type RowsOfPage } from './page';
import { keyset, type Position, type SortOrder } from './keyset';
import type { Session } from '../db/session';
import { all, bigints, filter, key, owned, PLAN_EACH_TIME, raw, scoped, sql, unnest, type Fragment } from '../db/sql';
import type { Table } from '../db/table';

/** A list of one table's rows that is filtered, sorted and paged; at the root or below many parents at once. */
export interface ListDefinition<Row extends object, Query> {
  /** Of the statements, e.g. `devices`. */
  name: string;
  table: Table<Row>;
  /** Of the table in the conditions. */
  alias: string;
  /** The scope's own condition on the table; by default that its customer_id is the scope's. */
  owned?: Fragment;
  /** True for a table that belongs to no customer: its ids are its key for everybody. */
  shared?: boolean;
  /** The conditions of the query's filter. The scope's own condition is added to them. */
  conditions: (query: Query) => Fragment[];
  order: (query: Query) => SortOrder;
}

/** How a list hangs below its parents: the rows whose columns equal the parent's key `k.customer_id, k.id`. */
export interface ParentLink {
  /** Of the statements, e.g. `by_site`. */
  name: string;
  condition: Fragment;
  /** The rows' id, if not the plain column: below a parent with rows of several customers it is the operators' key. */
  id?: Fragment;
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
  const sort = list.order(query);
  const { condition, order } = keyset(idOf(list), sort, page);
  // A plan for any customer would join the whole of a big one to read its page.
  const plan = sort.joined ? PLAN_EACH_TIME : raw('');
  const rows = await session.sql<Row>`/* ${raw(list.name)} */ ${plan}select ${selected(list, sort)}
    where ${ownedBy(list)} and ${filter(...list.conditions(query))} ${condition} ${order}`;
  return toRowsOfPage(rows, page);
}

/** How many rows the whole list has. */
export async function countRows<Row extends object, Query>(
  session: Session,
  list: ListDefinition<Row, Query>,
  query: Query,
): Promise<number> {
  const [row] = await session.sql<{ count: number }>`/* ${raw(list.name)}_count */ select count(*)::int as count
    from ${from(list)} where ${ownedBy(list)} and ${filter(...list.conditions(query))}`;
  return row!.count;
}

/** The keys of the parents as a table `k`; a customer's children are looked up with its own id whoever owns the parent. */
export function keysTable(parents: readonly ParentKey[]): Fragment {
  const keys = scoped((scope) =>
    unnest(
      parents,
      ['bigint', ({ customerId }) => (scope.kind === 'customer' ? scope.customerId : customerId)],
      ['bigint', ({ id }) => id],
    ),
  );
  return sql`${keys} with ordinality as k(customer_id, id, n)`;
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
  const sort = list.order(query);
  const { condition, order } = keyset(link.id ?? raw(`${list.alias}.id`), sort, page);
  const rows = await session.sql<Row & { parent: number }>`/* ${raw(`${list.name}_${link.name}`)} */
    select x.*, k.n::int as parent from ${keysTable(parents)} cross join lateral (
      select ${selected(list, sort)} where ${link.condition} and ${filter(...list.conditions(query))} ${condition} ${order}
    ) x`;
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
  const rows = await session.sql<{ parent: number; count: number }>`/* ${raw(`${list.name}_${link.name}`)}_count */
    select k.n::int as parent, x.count from ${keysTable(parents)} cross join lateral (
      select count(*)::int as count from ${from(list)} where ${link.condition} and ${filter(...list.conditions(query))}
    ) x`;
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
  const { table, alias } = list;
  return session.sql`/* ${raw(table.name)}_by_id */ select x.* from unnest(${bigints(ids)}) k(id) cross join lateral (
      select ${table.select(alias)} from ${from(list)} where ${ownedBy(list)} and ${idOf(list)} = k.id offset 0
    ) x`;
}

type AnyList = Pick<ListDefinition<object, never>, 'alias' | 'owned' | 'shared'> & { table: { name: string } };

function from({ table, alias }: AnyList): Fragment {
  return raw(`${table.name} ${alias}`);
}

/** What a list selects, and from where. */
function selected<Row extends object, Query>(list: ListDefinition<Row, Query>, { joined }: SortOrder): Fragment {
  const columns = list.table.select(list.alias);
  return joined
    ? sql`${columns}, ${raw(joined.value)} as "sortValue" from ${from(list)} ${raw(joined.join)}`
    : sql`${columns} from ${from(list)}`;
}

function ownedBy(list: AnyList): Fragment {
  return list.owned ?? (list.shared ? all() : owned(list.alias));
}

function idOf({ alias, shared }: AnyList): Fragment {
  return shared ? raw(`${alias}.id`) : key(`${alias}.id`);
}

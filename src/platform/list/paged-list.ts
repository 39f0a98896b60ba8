import type { Position } from './keyset';
import {
  countRows,
  countRowsOfParents,
  listRows,
  listRowsOfParents,
  type ListDefinition,
  type ParentKey,
  type ParentLink,
} from './list';
import { parsePage, type Page, type PageArguments, type RowsOfPage } from './page';
import { Connection, verifyPosition } from './connection';
import { defineLoader, type LoaderDefinition, type ReadContext } from './loader';

/** What tells the order of a list, as far as cursors depend on it. */
export interface SortSpec<Row> {
  /** E.g. `UPDATED_AT DESC`. */
  key: string;
  positionOf: (row: Row) => Position;
}

/** The default: by id. */
export function byId<Row extends { id: string }>(direction = 'ASC'): SortSpec<Row> {
  return { key: `ID ${direction}`, positionOf: (row) => ({ id: row.id }) };
}

/** By a value of another table, which each row was answered with: the cursor holds it. */
export function bySortValue<Row extends { id: string }>(key: string): SortSpec<Row> {
  return { key, positionOf: (row) => ({ id: row.id, value: (row as Row & { sortValue: string }).sortValue }) };
}

/** The connection of a root field. */
export function rootConnection<Row extends object, Query>(
  ctx: ReadContext,
  list: ListDefinition<Row, Query>,
  query: Query,
  args: PageArguments,
  sort: SortSpec<Row>,
): Connection<Row> {
  const name = `${list.name} ${sort.key}`;
  const page = parsePage(args, (cursor) => verifyPosition(ctx, name, cursor));
  return new Connection(ctx, {
    list: name,
    page: () => listRows(ctx.session, list, query, page),
    total: () => countRows(ctx.session, list, query),
    positionOf: sort.positionOf,
  });
}

/** A list below parents of one kind: the loaders of its pages and, if it can be counted, of its totals. */
export interface ChildList<Row extends object, Query> {
  name: string;
  pages: LoaderDefinition<ParentKey, RowsOfPage<Row>, { query: Query; page: Page<Position> }>;
  totals?: LoaderDefinition<ParentKey, number, { query: Query }>;
}

export function defineChildList<Row extends object, Query>(
  list: ListDefinition<Row, Query>,
  link: ParentLink,
): ChildList<Row, Query> {
  const name = `${list.name}_${link.name}`;
  return {
    name,
    pages: defineLoader(name, parentCacheKey, (ctx, parents, { query, page }) =>
      listRowsOfParents(ctx.session, list, link, parents, query, page),
    ),
    totals: defineLoader(`${name}_count`, parentCacheKey, (ctx, parents, { query }) =>
      countRowsOfParents(ctx.session, list, link, parents, query),
    ),
  };
}

/** The connection of a field of many parents: parents that ask alike share one statement. */
export function childConnection<Row extends object, Query>(
  ctx: ReadContext,
  list: ChildList<Row, Query>,
  parent: ParentKey,
  query: Query,
  args: PageArguments,
  sort: SortSpec<Row>,
): Connection<Row> {
  const name = `${list.name} ${parent.id} ${sort.key}`;
  const page = parsePage(args, (cursor) => verifyPosition(ctx, name, cursor));
  const { pages, totals } = list;
  return new Connection(ctx, {
    list: name,
    page: () => ctx.loaders.load(pages, keyed(parent), { query, page }),
    ...(totals && { total: () => ctx.loaders.load(totals, keyed(parent), { query }) }),
    positionOf: sort.positionOf,
  });
}

/** The cache key of a parent in a loader. */
export function parentCacheKey(parent: ParentKey): string {
  return `${parent.customerId}:${parent.id}`;
}

function keyed({ customerId, id }: ParentKey): ParentKey {
  return { customerId, id };
}

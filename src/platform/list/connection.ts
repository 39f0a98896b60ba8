import { oncePer } from '../base/settled-once';
import type { Session } from '../db/session';
import { raw } from '../db/sql';
import { invalidCursor } from './cursor';
import {
  narrowed,
  toListQuery,
  type ListArguments,
  type ListDefinition,
  type ListOrder,
  type ListQuery,
  type Narrowing,
  type ParentLink,
  type Sorting,
  type WithMembers,
} from './definition';
import type { Position } from './keyset';
import {
  countBelow,
  countRows,
  countRowsOfParents,
  listRows,
  listRowsOfParents,
  pageBelow,
  type ParentKey,
} from './list';
import type { PageBelowKey } from './rows-below';
import { sliceOf, type Slice, type SliceBounds } from './slice';
import { defineLoader, parentCacheKey, type LoaderDefinition, type ReadContext } from './loader';
import { parsePage, type Page, type PageArguments, type RowsOfPage } from './page';

interface ConnectionSource<Row> {
  /** Identifies the list, its parent and its order. A cursor is valid for this list only. */
  list: string;
  page: () => Promise<RowsOfPage<Row>>;
  /** Absent for a list whose type has no totalCount. */
  total?: () => Promise<number>;
  /** Absent for a list that is only read from cursor to cursor. */
  slice?: (bounds: SliceBounds) => Promise<Slice<Row>>;
  positionOf: (row: Row) => Position;
}

export interface PageInfoValue {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** The value of a connection field. Its members are functions: the page and the total are read only when they are selected. */
export class Connection<Row> {
  private rows: Promise<RowsOfPage<Row>> | undefined;
  /** Sealing takes 8 µs, and a document can select a cursor under several aliases. */
  private readonly cursors = new Map<Row, string>();

  constructor(
    private readonly ctx: ReadContext,
    private readonly source: ConnectionSource<Row>,
  ) {}

  async edges(): Promise<{ node: Row; cursor: () => string }[]> {
    const { rows } = await this.page();
    return rows.map((node) => ({ node, cursor: () => this.cursor(node) }));
  }

  async nodes(): Promise<Row[]> {
    return (await this.page()).rows;
  }

  async pageInfo(): Promise<PageInfoValue> {
    const { rows, hasNextPage, hasPreviousPage } = await this.page();
    const [first, last] = [rows.at(0), rows.at(-1)];
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: first ? this.cursor(first) : null,
      endCursor: last ? this.cursor(last) : null,
    };
  }

  totalCount(): Promise<number> | undefined {
    return this.source.total?.();
  }

  /** A part of the list by the number of its first row, for interfaces whose pages have numbers. */
  slice(bounds: SliceBounds): Promise<Slice<Row>> {
    const { slice } = this.source;
    if (!slice) throw new Error(`${this.source.list} has no numbered pages.`);
    return slice(bounds);
  }

  private page(): Promise<RowsOfPage<Row>> {
    return (this.rows ??= this.source.page());
  }

  private cursor(row: Row): string {
    let cursor = this.cursors.get(row);
    if (cursor === undefined) {
      const { id, value } = this.source.positionOf(row);
      cursor = this.ctx.sealCursor(value === undefined ? [id] : [id, value], this.source.list);
      this.cursors.set(row, cursor);
    }
    return cursor;
  }
}

/** The arguments of a connection, as the client sent them. */
export type ListRequest = PageArguments & ListArguments;

/**
 * The connection of a root field.
 *
 * @throws RequestError BAD_USER_INPUT, CURSOR_INVALID
 */
export function rootConnection<Row extends { id: string }>(
  ctx: ReadContext,
  list: ListDefinition<Row>,
  request: ListRequest,
): Connection<Row> {
  return connectionOf(ctx, list, request, {
    page: (session, query, page) => listRows(session, list, query, page),
    total: (session, query) => countRows(session, list, query),
    slice: (session, query, bounds) => sliceOf(session, list, query, bounds),
  });
}

/** How a list is read that is not simply the rows of one table. */
export interface ListReads<Row> {
  readonly page: (session: Session, query: ListQuery, page: Page<Position>) => Promise<RowsOfPage<Row>>;
  /** Absent for a list whose type has no totalCount. */
  readonly total?: (session: Session, query: ListQuery) => Promise<number>;
  readonly slice: (session: Session, query: ListQuery, bounds: SliceBounds) => Promise<Slice<Row>>;
}

/**
 * As `rootConnection`, for a list with statements of its own.
 *
 * @throws RequestError BAD_USER_INPUT, CURSOR_INVALID
 */
export function connectionOf<Row extends { id: string }>(
  ctx: ReadContext,
  list: ListOrder<Row>,
  request: ListRequest,
  reads: ListReads<Row>,
): Connection<Row> {
  const { query, order, page, positionOf } = parseListRequest(ctx, list, list.name, request);
  const { session } = ctx;
  const { total } = reads;
  return new Connection(ctx, {
    list: order,
    page: () => reads.page(session, query, page),
    ...(total && { total: () => total(session, query) }),
    slice: (bounds) => reads.slice(session, query, bounds),
    positionOf,
  });
}

/** A list of children of one type of parent: loaders for its pages and, if it can be counted, its totals. */
export interface ChildList<Row> {
  /** Name of the statements, e.g. `devices_by_site`. */
  readonly name: string;
  readonly list: ListOrder<Row>;
  readonly pages: LoaderDefinition<ParentKey, RowsOfPage<Row>, { query: ListQuery; page: Page<Position> }>;
  readonly totals?: LoaderDefinition<ParentKey, number, { query: ListQuery }>;
  readonly asOf?: ParentLink['asOf'];
  /** The list as SQL, where it can be a part of a statement. */
  readonly below?: PageBelowKey;
}

/** A list of a table's rows that are children of one type of parent. */
export interface RowsBelow<Row extends object> extends ChildList<Row> {
  readonly list: ListDefinition<Row>;
  readonly link: ParentLink;
}

/**
 * @param parent how rows reference the parent; `patient` for rows whose column patient_id is the parent's id
 * @param narrowing members of the list's filter that make no sense below a parent
 */
export function defineChildList<Row extends object, Member extends string>(
  whole: WithMembers<ListDefinition<Row>, Member>,
  parent: ParentLink | string,
  narrowing: Narrowing<NoInfer<Member>>,
): RowsBelow<Row> {
  const list: ListDefinition<Row> = narrowed(whole, narrowing);
  const link = typeof parent === 'string' ? linkBy(list.alias, parent) : parent;
  const name = `${list.name}_${link.name}`;
  return {
    name,
    list,
    link,
    ...(link.asOf && { asOf: link.asOf }),
    below: {
      columns: list.table,
      rows: (query, page) => pageBelow(list, link, query, page),
      total: (query) => countBelow(list, link, query),
    },
    pages: defineLoader(name, parentCacheKey, (ctx, parents, { query, page }) =>
      listRowsOfParents(ctx.session, list, link, parents, query, page),
    ),
    totals: defineLoader(`${name}_count`, parentCacheKey, (ctx, parents, { query }) =>
      countRowsOfParents(ctx.session, list, link, parents, query),
    ),
  };
}

function linkBy(alias: string, parent: string): ParentLink {
  const condition = raw(`${alias}.customer_id = k.customer_id and ${alias}.${parent}_id = k.id`);
  return { name: `by_${parent}`, condition };
}

/**
 * The connection of a field below many parents. Parents with the same arguments share one statement.
 *
 * @throws RequestError BAD_USER_INPUT, CURSOR_INVALID
 */
export function childConnection<Row extends { id: string }>(
  ctx: ReadContext,
  { name, list, pages, totals, asOf }: ChildList<Row>,
  row: ParentKey,
  request: ListRequest,
): Connection<Row> {
  const { customerId, id } = row;
  const { query, order, page, positionOf } = parseListRequest(ctx, list, `${name} ${id}`, request);
  const isPlaced = page.after !== undefined || page.before !== undefined;
  const args = isPlaced ? { query, page } : unplaced(list)(request);
  const parent: ParentKey = { customerId, id, ...(asOf !== undefined && { asOf: timeOf(row, asOf) }) };
  return new Connection(ctx, {
    list: order,
    page: () => ctx.loaders.load(pages, parent, args),
    ...(totals && { total: () => ctx.loaders.load(totals, parent, counted(query)) }),
    positionOf,
  });
}

function timeOf(row: object, member: string): string | null {
  return (row as Readonly<Record<string, Date | null>>)[member]?.toISOString() ?? null;
}

/** The arguments of a page without a cursor: the same object for all parents, so that they share a loader. */
const unplaced = oncePer((list: ListOrder<never>) =>
  oncePer((request: ListRequest) => ({
    page: parsePage(request, (_cursor, argument): Position => {
      throw invalidCursor(argument);
    }),
    query: toListQuery(list, request),
  })),
);

const counted = oncePer((query: ListQuery) => ({ query }));

/** What a cursor belongs to. @param name of the list and its parent */
export function orderName(name: string, { field, direction }: Sorting): string {
  return `${name} ${field} ${direction}`;
}

/**
 * The query, the order and the page that a client asks for.
 *
 * @param name of the list and its parent
 * @throws RequestError BAD_USER_INPUT, CURSOR_INVALID
 */
export function parseListRequest<Row extends { id: string }>(
  ctx: ReadContext,
  list: ListOrder<Row>,
  name: string,
  request: ListRequest,
) {
  const { field, direction } = request.sort ?? list.defaultSort;
  const order = orderName(name, { field, direction });
  const { cursorValue } = list.sorts[field]!;
  const page = parsePage(request, (cursor, argument): Position => {
    const [id, value] = ctx.openCursor(cursor, order, argument);
    // Before they were sealed, cursors of names held the id alone.
    if (cursorValue && value === undefined) throw invalidCursor(argument);
    return { id: id!, ...(value !== undefined && { value }) };
  });
  const query = toListQuery(list, request);
  const positionOf = (row: Row): Position => ({ id: row.id, ...(cursorValue && { value: cursorValue(row) }) });
  return { query, order, page, positionOf };
}

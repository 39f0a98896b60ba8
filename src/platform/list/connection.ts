import type { Position } from './keyset';
import type { ReadContext } from './loader';
import type { RowsOfPage } from './page';

export interface ConnectionSource<Row> {
  /** Which list of which parent in which order: a cursor is good for this list only. */
  list: string;
  page: () => Promise<RowsOfPage<Row>>;
  /** Absent for a list that nobody may count, as its type has no totalCount. */
  total?: () => Promise<number>;
  positionOf: (row: Row) => Position;
}

export interface PageInfoValue {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** What a connection field resolves to. Its members are functions: the page and the total are read when they are selected. */
export class Connection<Row> {
  private rows: Promise<RowsOfPage<Row>> | undefined;

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

  private page(): Promise<RowsOfPage<Row>> {
    return (this.rows ??= this.source.page());
  }

  private cursor(row: Row): string {
    return signPosition(this.ctx, this.source.list, this.source.positionOf(row));
  }
}

export function signPosition(ctx: ReadContext, list: string, position: Position): string {
  return ctx.signCursor(position.value === undefined ? [position.id] : [position.id, position.value], list);
}

/** @throws RequestError CURSOR_INVALID */
export function verifyPosition(ctx: ReadContext, list: string, cursor: string): Position {
  const [id, value] = ctx.verifyCursor(cursor, list);
  return { id: id!, ...(value !== undefined && { value }) };
}

import type { Page } from '../shared/page';
import type { StatementBuilder } from './statement';

/** Where a row stands in a sorted list: its sort values but for names, which are looked up, and its id. */
export interface Position {
  id: string;
  /** The sort value of the row when the cursor was made: a time, which may have moved on since. Absent for `id` and names. */
  value?: string;
}

/** The order of a list: by `expression`, then by id, both in one direction. */
export interface SortOrder {
  descending: boolean;
  /** SQL of the sort value; absent when the list is in the order of its ids. */
  expression?: string;
  /** SQL of the sort value at a position. */
  valueAt?: (sql: StatementBuilder, position: Position) => string;
}

export interface KeysetClauses {
  /** `and …`, or empty on a first page. */
  condition: string;
  /** `order by … limit …`, with one row more than the page. */
  order: string;
}

/**
 * The clauses of a page by keyset: rows behind a position in the order of the list, found by index however far the page is.
 *
 * @param id SQL of the id column
 */
export function keyset(sql: StatementBuilder, id: string, sort: SortOrder, page: Page<Position>): KeysetClauses {
  const descending = sort.descending !== page.backward;
  const columns = sort.expression ? [sort.expression, id] : [id];
  const at = (position: Position) => {
    const idValue = sql.value(position.id, 'bigint');
    return sort.expression ? `(${sort.valueAt!(sql, position)}, ${idValue})` : `(${idValue})`;
  };
  const row = `(${columns.join(', ')})`;
  const bounds = [
    page.after && `and ${row} ${sort.descending ? '<' : '>'} ${at(page.after)}`,
    page.before && `and ${row} ${sort.descending ? '>' : '<'} ${at(page.before)}`,
  ];
  return {
    condition: bounds.filter(Boolean).join(' '),
    order: `order by ${columns.map((column) => `${column} ${descending ? 'desc' : 'asc'}`).join(', ')} limit ${sql.value(page.size + 1, 'int')}`,
  };
}

import type { Page } from './page';
import type { StatementBuilder } from '../db/statement';

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
  /** Where the sort value stands in another table than the list's. */
  joined?: JoinedSort;
  /** Also bounds the expression by itself, which leaves out partitions by it. */
  boundsExpression?: boolean;
}

/** A table with one row for each of the list, in whose order the list is read. */
export interface JoinedSort {
  /** E.g. `join device_activity x on …`. */
  join: string;
  /** SQL of the list's id in that table, so that one index has both. */
  id: string;
  /** SQL of the sort value as a text; each row answers it as `sortValue`, for its cursor. */
  value: string;
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
  const direction = sort.descending !== page.backward ? 'desc' : 'asc';
  const order = columnsOf(id, sort).map((column) => `${column} ${direction}`);
  return {
    condition: keysetCondition(sql, id, sort, page),
    order: `order by ${order.join(', ')} limit ${sql.value(page.size + 1, 'int')}`,
  };
}

/** The condition alone, for lists that order and cut their rows in a way of their own. */
export function keysetCondition(sql: StatementBuilder, id: string, sort: SortOrder, page: Page<Position>): string {
  const at = (position: Position) => {
    const idValue = sql.value(position.id, 'bigint');
    return sort.expression ? `(${sort.valueAt!(sql, position)}, ${idValue})` : `(${idValue})`;
  };
  const row = `(${columnsOf(id, sort).join(', ')})`;
  const bound = (position: Position | undefined, operator: '<' | '>') =>
    position && [
      `and ${row} ${operator} ${at(position)}`,
      ...(sort.boundsExpression ? [`and ${sort.expression} ${operator}= ${sort.valueAt!(sql, position)}`] : []),
    ];
  const [behind, ahead] = sort.descending ? (['<', '>'] as const) : (['>', '<'] as const);
  return [...(bound(page.after, behind) ?? []), ...(bound(page.before, ahead) ?? [])].join(' ');
}

function columnsOf(id: string, { expression, joined }: SortOrder): string[] {
  const ordered = joined?.id ?? id;
  return expression ? [expression, ordered] : [ordered];
}

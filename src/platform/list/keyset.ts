import type { Page } from './page';
import { bigint, int, join, raw, sql, type Fragment } from '../db/sql';

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
  valueAt?: (position: Position) => Fragment;
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
  condition: Fragment;
  /** `order by … limit …`, with one row more than the page. */
  order: Fragment;
}

/**
 * The clauses of a page by keyset: rows behind a position in the order of the list, found by index however far the page is.
 *
 * @param id the id column
 */
export function keyset(id: Fragment, sort: SortOrder, page: Page<Position>): KeysetClauses {
  const direction = sort.descending !== page.backward ? raw(' desc') : raw(' asc');
  const order = columnsOf(id, sort).map((column) => sql`${column}${direction}`);
  return {
    condition: keysetCondition(id, sort, page),
    order: sql`order by ${join(order)} limit ${int(page.size + 1)}`,
  };
}

/** The condition alone, for lists that order and cut their rows in a way of their own. */
export function keysetCondition(id: Fragment, sort: SortOrder, page: Page<Position>): Fragment {
  const row = join(columnsOf(id, sort));
  const bound = (position: Position | undefined, operator: '<' | '>'): Fragment[] => {
    if (!position) return [];
    const value = sort.expression === undefined ? [] : [sort.valueAt!(position)];
    return [
      sql`and (${row}) ${raw(operator)} (${join([...value, bigint(position.id)])})`,
      ...(sort.boundsExpression ? [sql`and ${raw(sort.expression!)} ${raw(operator)}= ${value[0]!}`] : []),
    ];
  };
  const [behind, ahead] = sort.descending ? (['<', '>'] as const) : (['>', '<'] as const);
  return join([...bound(page.after, behind), ...bound(page.before, ahead)], ' ');
}

function columnsOf(id: Fragment, { expression, joined }: SortOrder): Fragment[] {
  const ordered = joined ? raw(joined.id) : id;
  return expression === undefined ? [ordered] : [raw(expression), ordered];
}

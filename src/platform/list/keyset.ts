import { bigint, int, join, raw, sql, timestamptz, type Fragment } from '../db/sql';
import type { Page } from './page';

/** Where a row stands in a sorted list: its sort value but for names, which are looked up, and its id. */
export interface Position {
  id: string;
  /** The sort value of the row when the cursor was made: a time, which may have moved on since. Absent for `id` and names. */
  value?: string;
}

/** How a list is sorted by one thing: by `expression`, then by id, both in one direction. */
export interface SortRule<Row> {
  /** Of the value of the sort's enum. */
  readonly description: string;
  /** SQL of the sort value; absent when the list is in the order of its ids. */
  readonly expression?: string;
  /** The sort value at a position; absent where it is looked up by the id, as for names, which no cursor holds. */
  readonly valueAt?: (position: Position) => Fragment;
  /** The sort value that a row's cursor holds. */
  readonly cursorValue?: (row: Row) => string;
  /** Where the sort value stands in another table than the list's. */
  readonly joined?: JoinedSort;
  /** Also bounds the expression by itself, which leaves out partitions by it. */
  readonly boundsExpression?: boolean;
}

/** A table with one row for each of the list, in whose order the list is read. */
export interface JoinedSort {
  /** E.g. `join device_activity x on …`. */
  readonly join: string;
  /** SQL of the list's id in that table, so that one index has both. */
  readonly id: string;
  /** SQL of the sort value as a text; each row answers it as `sortValue`, for its cursor. */
  readonly value: string;
}

/** By the id: ids are drawn in the order of time. */
export const byId = (description: string): SortRule<object> => ({ description });

/** By a name of the row. */
export const byName = (expression: string, description: string): SortRule<object> => ({ description, expression });

/** By a time of the row. A cursor holds it: a row that changes between two pages would otherwise move the page with it. */
export function byTime<Member extends string>(
  expression: string,
  member: Member,
  description: string,
): SortRule<Readonly<Record<Member, Date>>> {
  return { description, expression, valueAt: timeAt, cursorValue: (row) => row[member].toISOString() };
}

/** The time of a position, with the microseconds of PostgreSQL's own text if it has them. */
export const timeAt = ({ value }: Position): Fragment => timestamptz(value ?? null);

export interface Order<Row> {
  readonly rule: SortRule<Row>;
  readonly descending: boolean;
  /** The sort value of the row with an id, for a rule that does not tell it of a position. */
  readonly lookedUp?: (id: Fragment) => Fragment;
}

/**
 * The clauses of a page by keyset: rows after a position, by index, at any depth.
 *
 * @param id the id column
 */
export function keyset<Row>(
  id: Fragment,
  order: Order<Row>,
  page: Page<Position>,
): {
  /** `and …`, or empty on a first page. */ condition: Fragment;
  /** With one row more than the page. */ order: Fragment;
} {
  const direction = raw(order.descending !== page.backward ? 'desc' : 'asc');
  const sorted = columnsOf(id, order.rule).map((column) => sql`${column} ${direction}`);
  return {
    condition: keysetCondition(id, order, page),
    order: sql`order by ${join(sorted)} limit ${int(page.size + 1)}`,
  };
}

/** The condition alone, for lists that order and cut their rows in a way of their own. */
export function keysetCondition<Row>(
  id: Fragment,
  { rule, descending, lookedUp }: Order<Row>,
  page: Page<Position>,
): Fragment {
  const row = join(columnsOf(id, rule));
  const bounds = (position: Position | undefined, operator: Fragment): Fragment[] => {
    if (!position) return [];
    const number = bigint(position.id);
    if (rule.expression === undefined) return [sql`and (${row}) ${operator} (${number})`];
    const value = rule.valueAt ? rule.valueAt(position) : lookedUp!(number);
    return [
      sql`and (${row}) ${operator} (${value}, ${number})`,
      ...(rule.boundsExpression ? [sql`and ${raw(rule.expression)} ${operator}= ${value}`] : []),
    ];
  };
  const [behind, ahead] = descending ? [LESS, GREATER] : [GREATER, LESS];
  return join([...bounds(page.after, behind), ...bounds(page.before, ahead)], ' ');
}

const LESS = raw('<');
const GREATER = raw('>');

function columnsOf<Row>(id: Fragment, { expression, joined }: SortRule<Row>): Fragment[] {
  const ordered = joined ? raw(joined.id) : id;
  return expression === undefined ? [ordered] : [raw(expression), ordered];
}

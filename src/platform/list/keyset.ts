import { bigint, int, isoTime, join, raw, scoped, sql, text, timestamptz, type Fragment } from '../db/sql';
import type { Page } from './page';

/** A place in a sorted list: the id and the sort value of the row that was there. The row may have moved or gone since. */
export interface Position {
  id: string;
  /** Absent for sorts by id. */
  value?: string;
}

/** How a list is sorted by one thing: by `expression`, then by id, both in one direction. */
export interface SortRule<Row> {
  /** Description of the sort's enum value. */
  readonly description: string;
  /** SQL of the sort value. Absent when the list is sorted by id. */
  readonly expression?: string;
  /** The same in statements of operators, where they have an index of their own. */
  readonly operatorExpression?: string;
  /** The sort value at a position. Absent, like the two next members, when the list is sorted by id. */
  readonly valueAt?: (position: Position) => Fragment;
  /** The sort value that a row's cursor holds. */
  readonly cursorValue?: (row: Row) => string;
  /** SQL of `cursorValue`, where the row has it. @param row alias of the row's members */
  readonly cursorText?: (row: string) => Fragment;
  /** SQL of the sort value as text, where the row does not have it. Each row returns it as `sortValue`, for its cursor. */
  readonly selected?: string;
  /** The table with the sort value, where it is not the list's. */
  readonly joined?: JoinedSort;
}

/** A table with one row for each row of the list. The list is read in the order of this table. */
export interface JoinedSort {
  /** E.g. `join device_activity x on …`. */
  readonly join: string;
  /** SQL of the list's id in that table: one index covers sort value and id. */
  readonly id: string;
}

/** By the id: ids are assigned in the order of creation. */
export const byId = (description: string): SortRule<object> => ({ description });

/** By a column with the folded name, which is not a member of the row. */
export function byName(expression: string, description: string): SortRule<object> {
  const valueAt = ({ value }: Position) => text(value ?? null);
  return { description, expression, selected: expression, valueAt, cursorValue: selectedValue };
}

/** The value of `selected`. */
export const selectedValue = (row: object): string => (row as { sortValue: string }).sortValue;

/**
 * The sort of a list that grows with the platform. Operators sort the rows of all customers, by an index of an expression that
 * customers' statements never use: PostgreSQL cannot choose it for them.
 */
export function indexedForOperators<Row>(rule: SortRule<Row>): SortRule<Row> {
  return { ...rule, operatorExpression: `greatest(${rule.expression})` };
}

/** By a time of the row. */
export function byTime<Member extends string>(
  expression: string,
  member: Member,
  description: string,
): SortRule<Readonly<Record<Member, Date>>> {
  return {
    description,
    expression,
    valueAt: timeAt,
    cursorValue: (row) => row[member].toISOString(),
    cursorText: (row) => isoTime(raw(`${row}."${member}"`)),
  };
}

/** The time of a position. A time in PostgreSQL's own text format keeps its microseconds. */
export const timeAt = ({ value }: Position): Fragment => timestamptz(value ?? null);

export interface Order<Row> {
  readonly rule: SortRule<Row>;
  readonly descending: boolean;
}

/**
 * The clauses of a page (keyset pagination): rows after a position, by index, at any depth.
 *
 * @param id the id column
 */
export function keyset<Row>(
  id: Fragment,
  order: Order<Row>,
  page: Page<Position>,
): {
  /** `and …`, or empty on the first page. */ condition: Fragment;
  /** `order by …` */ by: Fragment;
  /** The same, and fetches one row more than the page size. */ order: Fragment;
} {
  const direction = raw(order.descending !== page.backward ? 'desc' : 'asc');
  const sorted = sortColumns(id, order.rule).map((column) => sql`${column} ${direction}`);
  const by = sql`order by ${join(sorted)}`;
  return { condition: keysetCondition(id, order, page), by, order: sql`${by} limit ${int(page.size + 1)}` };
}

/** The condition alone, for lists that sort and limit their rows in another way. */
export function keysetCondition<Row>(id: Fragment, { rule, descending }: Order<Row>, page: Page<Position>): Fragment {
  const row = join(sortColumns(id, rule));
  const bounds = (position: Position | undefined, operator: Fragment): Fragment[] => {
    if (!position) return [];
    const number = bigint(position.id);
    if (rule.expression === undefined) return [sql`and (${row}) ${operator} (${number})`];
    const value = rule.valueAt!(position);
    return [sql`and (${row}) ${operator} (${value}, ${number})`];
  };
  const [after, before] = descending ? [LESS, GREATER] : [GREATER, LESS];
  return join([...bounds(page.after, after), ...bounds(page.before, before)], ' ');
}

const LESS = raw('<');
const GREATER = raw('>');

/** SQL of the sort value, as the index of the scope has it. */
export function sortValue<Row>({ expression, operatorExpression }: SortRule<Row>): Fragment {
  return scoped(({ kind }) => raw(kind === 'customer' ? expression! : (operatorExpression ?? expression!)));
}

/** What a list is sorted by. @param id the id column */
export function sortColumns<Row>(id: Fragment, rule: SortRule<Row>): Fragment[] {
  const ordered = rule.joined ? raw(rule.joined.id) : id;
  return rule.expression === undefined ? [ordered] : [sortValue(rule), ordered];
}

import { defineEnum, type EnumOf } from '../base/enum';
import { parseIds } from '../base/global-id';
import type { Fragment } from '../db/sql';
import type { Table } from '../db/table';
import { BY_ID, type SortRule } from './keyset';

export const SortDirection = defineEnum(
  'SortDirection',
  'Which way a list is sorted.',
  {
    ASC: 'Smallest, earliest or first in the alphabet first.',
    DESC: 'Greatest, latest or last in the alphabet first.',
  },
  { closed: true },
);
export type SortDirection = EnumOf<typeof SortDirection>;

/** The condition that a value of a filter stands for; ids are given as numbers of rows. */
export type FilterRule<Value> = ((value: Value) => Fragment) | (Value extends readonly string[] ? IdFilterRule : never);

/** The condition for ids of rows of one GraphQL type. */
export interface IdFilterRule {
  readonly idsOf: string;
  readonly condition: (ids: readonly string[]) => Fragment;
}

export function ids(type: string, condition: IdFilterRule['condition']): IdFilterRule {
  return { idsOf: type, condition };
}

/** One rule for each member of a filter's input: a forgotten one does not compile. */
export type FilterRules<Filter extends object> = {
  readonly [Member in keyof Required<Filter>]: FilterRule<NonNullable<Filter[Member]>>;
};

/** One rule for each value of a sort's enum: a forgotten one does not compile. */
export type SortRules<Row, Sort extends string> = Readonly<Record<Sort, SortRule<Row>>>;

export interface Sorting<Sort extends string = string> {
  readonly field: Sort;
  readonly direction: SortDirection;
}

/** How a list is filtered and sorted, whatever its statements are. `defineOrder` makes it of rules that are complete. */
export interface ListOrder<Row, Filter extends object = object, Sort extends string = string> {
  readonly filters: Readonly<Record<string, IdFilterRule | ((value: never) => Fragment)>>;
  readonly sorts: SortRules<Row, string>;
  readonly defaultSort: Sorting;
  /** Never there: only says of which type they are. */
  readonly arguments?: ListArguments<Filter, Sort>;
}

/** A list of one table's rows that is filtered, sorted and paged; at the root or below many parents at once. */
export interface ListDefinition<
  Row extends object,
  Filter extends object = object,
  Sort extends string = string,
> extends ListOrder<Row, Filter, Sort> {
  /** The GraphQL type of its rows. */
  readonly type: string;
  /** Of the statements, e.g. `devices`. */
  readonly name: string;
  readonly table: Table<Row>;
  /** Of the table in the conditions. */
  readonly alias: string;
  /** The scope's own condition on the table; by default that its customer_id is the scope's. */
  readonly owned?: Fragment;
  /** True for a table that belongs to no customer: its ids are its key for everybody. */
  readonly shared?: boolean;
  /** What a caller must be allowed to do to read a row by its id, beyond what the field demands. */
  readonly action?: string;
}

interface CompleteRules<Row, Filter extends object, Sort extends string> {
  readonly filters: FilterRules<Filter>;
  readonly sorts: SortRules<Row, Sort>;
  readonly defaultSort: Sorting<Sort>;
}

type NoFilter = Record<string, never>;

export function defineOrder<Row, Filter extends object, Sort extends string>(
  rules: CompleteRules<Row, Filter, Sort>,
): ListOrder<Row, Filter, Sort> {
  return rules;
}

export function defineList<Row extends object, Filter extends object = NoFilter, Sort extends string = 'ID'>(
  definition: Omit<ListDefinition<Row>, keyof ListOrder<Row>> & CompleteRules<Row, Filter, Sort>,
): ListDefinition<Row, Filter, Sort> {
  return { ...definition, ...defineOrder(definition) };
}

/** The order of lists that are sorted by nothing else. */
export const OLDEST_FIRST = {
  sorts: { ID: BY_ID },
  defaultSort: { field: 'ID', direction: SortDirection.ASC },
} as const;

/** Ids are drawn in the order of time. */
export const NEWEST_FIRST = {
  sorts: { ID: BY_ID },
  defaultSort: { field: 'ID', direction: SortDirection.DESC },
} as const;

/** How a list hangs below its parents: the rows whose columns equal the parent's key `k.customer_id, k.id`. */
export interface ParentLink {
  /** Of the statements, e.g. `by_site`. */
  readonly name: string;
  readonly condition: Fragment;
  /** The rows' id, if not the plain column: below a parent with rows of several customers it is the operators' key. */
  readonly id?: Fragment;
}

/** What a client asks of a list, checked: the members of its filter that are given, ids as numbers of rows. */
export interface ListQuery {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly sort: Sorting;
}

export interface ListArguments<Filter extends object, Sort extends string> {
  filter?: Filter | null;
  sort?: Sorting<Sort> | null;
}

/** @throws RequestError BAD_USER_INPUT for an id that is none */
export function toListQuery<Filter extends object, Sort extends string>(
  list: ListOrder<never, Filter, Sort>,
  { filter, sort }: ListArguments<Filter, Sort>,
): ListQuery {
  const given: Record<string, unknown> = {};
  for (const [member, rule] of Object.entries(list.filters)) {
    const value = filter?.[member as keyof Filter];
    if (value == null) continue;
    given[member] = 'idsOf' in rule ? parseIds(rule.idsOf, value as unknown as string[], ['filter', member]) : value;
  }
  return { filter: given, sort: sort ?? list.defaultSort };
}

/** The conditions of a filter, in the order of the list's rules. */
export function conditionsOf(
  { filters }: Pick<ListOrder<never>, 'filters'>,
  { filter }: Pick<ListQuery, 'filter'>,
): Fragment[] {
  return Object.entries(filters)
    .filter(([member]) => member in filter)
    .map(([member, rule]) => ('idsOf' in rule ? rule.condition : rule)(filter[member] as never));
}

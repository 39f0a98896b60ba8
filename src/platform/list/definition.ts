import { defineEnum, type EnumOf } from '../base/enum';
import { parseIds } from '../base/global-id';
import { oncePer } from '../base/settled-once';
import { normalText } from '../base/normal-text';
import type { Fragment } from '../db/sql';
import type { Table } from '../db/table';
import type { SortRule } from './keyset';

export const SortDirection = defineEnum(
  'SortDirection',
  'Sort direction of a list.',
  {
    ASC: 'Ascending: smallest, earliest or alphabetically first value first.',
    DESC: 'Descending: greatest, latest or alphabetically last value first.',
  },
  { closed: true },
);
export type SortDirection = EnumOf<typeof SortDirection>;

/** A member of a filter's input type, with its SQL condition. Conditions receive ids as row ids. */
export interface FilterMember {
  /** The member's type in the schema. */
  readonly type: object;
  readonly description: string;
  readonly nullable: true;
  /** Name of the limit of a list's length. */
  readonly limit?: string;
  /** The GraphQL type whose ids the values are; absent for other values. */
  readonly idsOf?: string;
  readonly condition: (value: never) => Fragment;
}

/** The argument `search` of a list. */
export interface Search {
  readonly description: string;
  readonly condition: (text: string) => Fragment;
}

export interface Sorting {
  readonly field: string;
  readonly direction: SortDirection;
}

/**
 * How a list is searched, filtered and sorted. Both the arguments of its fields in the schema and the clauses of its
 * statements are derived from it.
 */
export interface ListOrder<Row> {
  /** The GraphQL type of its rows. */
  readonly type: string;
  /** Name in statements and, with spaces, in descriptions, e.g. `devices`. */
  readonly name: string;
  /** Prefix of the names of its input types where it differs from `type`, e.g. `PatientDevice`. */
  readonly input?: string;
  readonly filters: Readonly<Record<string, FilterMember>>;
  readonly sorts: Readonly<Record<string, SortRule<Row>>>;
  readonly defaultSort: Sorting;
  readonly search?: Search;
}

/** A filtered, sorted and paged list of one table's rows, at the root or below many parents at once. */
export interface ListDefinition<Row extends object> extends ListOrder<Row> {
  readonly table: Table<Row>;
  /** Alias of the table in the conditions. Not `k` or `x`, which statements of lists use for keys and rows. */
  readonly alias: string;
  /** Condition for the rows that the scope sees. Default: customer_id is the scope's customer. */
  readonly owned?: Fragment;
  /** Customer whose rows all customers see, beside their own. */
  readonly alsoOf?: string;
  /** True for a table that belongs to no customer: its key is the id alone. */
  readonly shared?: boolean;
  /** Required of a caller that reads a row by its id, in addition to what the field requires. */
  readonly action?: string;
}

/** A list with the members of its filter as a type parameter. */
export type WithMembers<List, Member extends string> = Omit<List, 'filters'> & {
  readonly filters: Readonly<Record<Member, FilterMember>>;
};

/** Makes sure at compile time that the default sort is one of the sorts. */
interface Sorts<Sort extends string> {
  readonly sorts: Readonly<Record<Sort, unknown>>;
  readonly defaultSort: Sorting & { readonly field: NoInfer<Sort> };
}

export function defineOrder<Row, Member extends string, Sort extends string>(
  order: WithMembers<ListOrder<Row>, Member> & Sorts<Sort>,
): WithMembers<ListOrder<Row>, Member> {
  return order;
}

/** As `defineOrder`, for the rows of a table. */
export function defineList<Row extends object, Member extends string, Sort extends string>(
  list: WithMembers<ListDefinition<Row>, Member> & Sorts<Sort>,
): WithMembers<ListDefinition<Row>, Member> {
  if (RESERVED_ALIASES.has(list.alias)) throw new Error(`The alias ${list.alias} of ${list.name} is reserved.`);
  return list;
}

const RESERVED_ALIASES = new Set(['k', 'x']);

/** How a list is narrowed below a parent. */
export interface Narrowing<Member extends string> {
  /** Prefix of the names of the narrowed list's input types. */
  readonly input: string;
  /** Members of the filter that make no sense below the parent. */
  readonly without?: readonly Member[];
}

/** The list without some members of its filter. */
export function narrowed<List extends { readonly filters: Readonly<Record<string, FilterMember>> }>(
  list: List,
  { input, without = [] }: Narrowing<keyof List['filters'] & string>,
): List & { readonly filters: Readonly<Record<string, FilterMember>> } {
  const isLeft = ([member]: [string, FilterMember]) => !without.includes(member);
  return { ...list, input, filters: Object.fromEntries(Object.entries(list.filters).filter(isLeft)) };
}

/** How rows of a list reference their parents: a condition on the parent's key `k.customer_id, k.id`. */
export interface ParentLink {
  /** Suffix of the statement names, e.g. `by_site`. */
  readonly name: string;
  readonly condition: Fragment;
  /** The rows' id expression, if not the id column. A parent with rows of several customers needs the operators' key. */
  readonly id?: Fragment;
  /**
   * For rows that are written together with a change of their parent: the member of the parent, a time or null, that tells which rows
   * belong to the parent as it was read. The condition uses it as `k.as_of`, text or a time. A list is read after its parent, and would otherwise be newer.
   */
  readonly asOf?: string;
}

/** The checked arguments of a list: the given members of its filter, with ids as row ids. */
export interface ListQuery {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly search?: string;
  readonly sort: Sorting;
}

export interface ListArguments {
  filter?: object | null;
  search?: string | null;
  sort?: Sorting | null;
}

const queriesOf = oncePer((list: ListOrder<never>) => oncePer((request: ListArguments) => parseQuery(list, request)));

/**
 * Parsed once for the same arguments: a list below many parents has the same query for all.
 *
 * @throws RequestError BAD_USER_INPUT for an invalid id
 */
export function toListQuery(list: ListOrder<never>, request: ListArguments): ListQuery {
  return queriesOf(list)(request);
}

function parseQuery(list: ListOrder<never>, { filter, search, sort }: ListArguments): ListQuery {
  const values = (filter ?? {}) as Readonly<Record<string, unknown>>;
  const given: Record<string, unknown> = {};
  for (const [member, { idsOf }] of Object.entries(list.filters)) {
    const value = values[member];
    if (value == null) continue;
    given[member] = idsOf === undefined ? value : parseIds(idsOf, value as string[], ['filter', member]);
  }
  const text = normalText(search ?? '');
  return { filter: given, ...(text && { search: text }), sort: sort ?? list.defaultSort };
}

/** The conditions of a query, in the order of the list's filter members. */
export function conditionsOf(
  { filters, search }: Pick<ListOrder<never>, 'filters' | 'search'>,
  query: Pick<ListQuery, 'filter' | 'search'>,
): Fragment[] {
  const members = Object.entries(filters).filter(([member]) => member in query.filter);
  return [
    ...members.map(([member, { condition }]) => condition(query.filter[member] as never)),
    ...(search && query.search !== undefined ? [search.condition(query.search)] : []),
  ];
}

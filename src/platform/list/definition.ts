import { defineEnum, type EnumOf } from '../base/enum';
import { parseIds } from '../base/global-id';
import type { Fragment } from '../db/sql';
import type { Table } from '../db/table';
import type { SortRule } from './keyset';

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

/** A member of a filter's input with the condition that a value of it stands for; ids are given as numbers of rows. */
export interface FilterMember {
  /** In the words of the schema. */
  readonly type: object;
  readonly description: string;
  readonly nullable: true;
  /** The GraphQL type whose ids the values are; absent for other values. */
  readonly idsOf?: string;
  readonly condition: (value: never) => Fragment;
}

/** What a list's argument `search` looks for. */
export interface Search {
  readonly description: string;
  readonly condition: (text: string) => Fragment;
}

export interface Sorting {
  readonly field: string;
  readonly direction: SortDirection;
}

/**
 * How a list is searched, filtered and sorted: the arguments of its fields in the schema and the clauses of its statements
 * both follow from it.
 */
export interface ListOrder<Row> {
  /** The GraphQL type of its rows. */
  readonly type: string;
  /** Of the statements and, with spaces, in descriptions, e.g. `devices`. */
  readonly name: string;
  /** Begins the names of its inputs where they are not those of its type, e.g. `PatientDevice`. */
  readonly input?: string;
  readonly filters: Readonly<Record<string, FilterMember>>;
  readonly sorts: Readonly<Record<string, SortRule<Row>>>;
  readonly defaultSort: Sorting;
  readonly search?: Search;
}

/** A list of one table's rows that is filtered, sorted and paged; at the root or below many parents at once. */
export interface ListDefinition<Row extends object> extends ListOrder<Row> {
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

/** A list the members of whose filter are known to the compiler. */
export type WithMembers<List, Member extends string> = Omit<List, 'filters'> & {
  readonly filters: Readonly<Record<Member, FilterMember>>;
};

/** Of its sorts, one is the default, or it does not compile. */
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
  return list;
}

/** Which members of a list's filter make no sense below a parent, and how the inputs of the smaller list are called. */
export interface Narrowing<Member extends string> {
  readonly input: string;
  readonly without?: readonly Member[];
}

/** The list with a smaller filter. */
export function narrowed<List extends { readonly filters: Readonly<Record<string, FilterMember>> }>(
  list: List,
  { input, without = [] }: Narrowing<keyof List['filters'] & string>,
): List & { readonly filters: Readonly<Record<string, FilterMember>> } {
  const isLeft = ([member]: [string, FilterMember]) => !without.includes(member);
  return { ...list, input, filters: Object.fromEntries(Object.entries(list.filters).filter(isLeft)) };
}

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
  readonly search?: string;
  readonly sort: Sorting;
}

export interface ListArguments {
  filter?: object | null;
  search?: string | null;
  sort?: Sorting | null;
}

/** @throws RequestError BAD_USER_INPUT for an id that is none */
export function toListQuery(list: ListOrder<never>, { filter, search, sort }: ListArguments): ListQuery {
  const values = (filter ?? {}) as Readonly<Record<string, unknown>>;
  const given: Record<string, unknown> = {};
  for (const [member, { idsOf }] of Object.entries(list.filters)) {
    const value = values[member];
    if (value == null) continue;
    given[member] = idsOf === undefined ? value : parseIds(idsOf, value as string[], ['filter', member]);
  }
  const text = search?.trim();
  return { filter: given, ...(text && { search: text }), sort: sort ?? list.defaultSort };
}

/** The conditions of what is asked, in the order of the list's members. */
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

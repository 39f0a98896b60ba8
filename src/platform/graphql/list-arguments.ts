import type { ClassType } from 'type-graphql';
import { defineEnum } from '../base/enum';
import { SortDirection, type ListOrder } from '../list/definition';
import { MAX_FILTER_VALUES } from '../operation/list-bounds';
import { CONNECTION_ARGUMENTS } from './connection.type';
import { argumentsType, inputType, optional, required } from './types';

type List = ListOrder<never>;

/** Made once for each list: several fields may have the same list. */
function once<Key extends object>(of: (list: List) => Key, make: (list: List) => ClassType): (list: List) => ClassType {
  const made = new WeakMap<Key, ClassType>();
  return (list) => {
    const known = made.get(of(list)) ?? make(list);
    made.set(of(list), known);
    return known;
  };
}

const pluralOf = ({ name }: List) => name.replaceAll('_', ' ').replace(/^api /, 'API ');

/** The input type for the filter of a list. */
export const filterInput = once(
  ({ filters }) => filters,
  (list) =>
    inputType(
      `${list.input ?? list.type}Filter`,
      `Filter for ${pluralOf(list)}. All given conditions must hold. A list matches any of its values, at most ${MAX_FILTER_VALUES.toLocaleString('en-US')}; an empty list matches nothing.`,
      list.filters,
    ),
);

/** Narrowed lists share the sorts of the full list. */
const sortInput = once(
  ({ sorts }) => sorts,
  (list) => {
    const plural = pluralOf(list);
    const SortField = defineEnum(
      `${list.type}SortField`,
      `Fields to sort ${plural} by. Ties are sorted by id.`,
      Object.fromEntries(Object.entries(list.sorts).map(([field, { description }]) => [field, description])),
    );
    return inputType(`${list.type}Sort`, `Sort order of ${plural}.`, {
      field: required(SortField, 'Field to sort by.'),
      direction: required(SortDirection, 'Ascending or descending.'),
    });
  },
);

/** The arguments of a field that counts the rows of a list. */
export const filterArguments = once(
  (list) => list,
  (list) =>
    argumentsType({
      filter: optional(filterInput(list), `Filter for the ${pluralOf(list)} to count. All are counted when omitted.`),
    }),
);

/** The arguments of a connection: page, search, filter and sort. */
export const listArguments = once(
  (list) => list,
  (list) => {
    const { search, defaultSort } = list;
    return argumentsType({
      ...CONNECTION_ARGUMENTS,
      ...(search && { search: optional(String, `${search.description} Not applied when omitted or blank.`) }),
      filter: optional(filterInput(list), `Filter for the ${pluralOf(list)} to return. All are returned when omitted.`),
      sort: { ...optional(sortInput(list), `Sort order of the ${pluralOf(list)}.`), defaultValue: defaultSort },
    });
  },
);

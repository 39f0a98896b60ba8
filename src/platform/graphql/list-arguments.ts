import type { ClassType } from 'type-graphql';
import { defineEnum } from '../base/enum';
import { SortDirection, type ListOrder } from '../list/definition';
import { CONNECTION_ARGUMENTS } from './connection.type';
import { argumentsType, inputType, optional, required } from './types';

type List = ListOrder<never>;

/** Made once for each list, as several fields may have it. */
function once<Key extends object>(of: (list: List) => Key, make: (list: List) => ClassType): (list: List) => ClassType {
  const made = new WeakMap<Key, ClassType>();
  return (list) => {
    const known = made.get(of(list)) ?? make(list);
    made.set(of(list), known);
    return known;
  };
}

const pluralOf = ({ name }: List) => name.replaceAll('_', ' ');

/** What a client may ask of the rows of a list. */
export const filterInput = once(
  ({ filters }) => filters,
  (list) =>
    inputType(
      `${list.input ?? list.type}Filter`,
      `Conditions on ${pluralOf(list)}, combined with "and". Several values of one member mean any of them; an empty list matches nothing.`,
      list.filters,
    ),
);

/** Lists with smaller filters are sorted as the whole one. */
const sortInput = once(
  ({ sorts }) => sorts,
  (list) => {
    const plural = pluralOf(list);
    const SortField = defineEnum(
      `${list.type}SortField`,
      `What ${plural} can be sorted by. Those that are equal in it are in the order of their ids.`,
      Object.fromEntries(Object.entries(list.sorts).map(([field, { description }]) => [field, description])),
    );
    return inputType(`${list.type}Sort`, `How ${plural} are sorted.`, {
      field: required(SortField, 'What to sort by.'),
      direction: required(SortDirection, 'Ascending or descending.'),
    });
  },
);

/** The arguments of a field that counts the rows of a list. */
export const filterArguments = once(
  (list) => list,
  (list) =>
    argumentsType({
      filter: optional(filterInput(list), `Which ${pluralOf(list)} to count; all of them when absent.`),
    }),
);

/** The arguments of a connection: its page, and what the list can be searched, filtered and sorted by. */
export const listArguments = once(
  (list) => list,
  (list) => {
    const { search, defaultSort } = list;
    return argumentsType({
      ...CONNECTION_ARGUMENTS,
      ...(search && { search: optional(String, `${search.description} All of them when absent or blank.`) }),
      filter: optional(filterInput(list), `Which ${pluralOf(list)} to return; all of them when absent.`),
      sort: { ...optional(sortInput(list), 'How to sort them.'), defaultValue: defaultSort },
    });
  },
);

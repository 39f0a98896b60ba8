import { parseIds } from '../base/global-id';

/** What a value of a stream's filter asks of an item; ids are given as numbers of rows. */
export interface MatchRule<Item> {
  /** The GraphQL type whose ids the values are; absent for plain values. */
  readonly idsOf?: string;
  readonly isAmong: (item: Item, allowed: ReadonlySet<string | null>) => boolean;
}

/** One rule for each member of a filter's input: a forgotten one does not compile. */
export type MatchRules<Filter extends object, Item> = {
  readonly [Member in keyof Required<Filter>]: MatchRule<Item>;
};

/**
 * Whether an item is what a filter asks for. It is asked for each event and subscriber.
 *
 * @throws InvalidValueError for an id that is none
 */
export function toMatcher<Filter extends object, Item>(
  rules: MatchRules<Filter, Item>,
  filter: Filter | null | undefined,
): (item: Item) => boolean {
  const asked = Object.entries<MatchRule<Item>>(rules).flatMap(([member, { idsOf, isAmong }]) => {
    const values = filter?.[member as keyof Filter] as readonly string[] | null | undefined;
    if (values == null) return [];
    const allowed = new Set(idsOf === undefined ? values : parseIds(idsOf, values, ['filter', member]));
    return [(item: Item) => isAmong(item, allowed)];
  });
  return (item) => asked.every((matches) => matches(item));
}

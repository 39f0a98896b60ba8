import { parseIds } from '../base/global-id';

/** Rule for one field of a stream's filter. Ids are databaseIds. */
export interface MatchRule<Item> {
  /** GraphQL type of the ids; undefined for plain values. */
  readonly idsOf?: string;
  readonly isAmong: (item: Item, allowed: ReadonlySet<string | null>) => boolean;
}

/** One rule for each field of a filter's input. A missing rule does not compile. */
export type MatchRules<Filter extends object, Item> = {
  readonly [Member in keyof Required<Filter>]: MatchRule<Item>;
};

/**
 * Compiles a filter into a predicate, which is called for each event and subscriber.
 *
 * @throws InvalidValueError for a malformed id
 */
export function toMatcher<Filter extends object, Item>(
  rules: MatchRules<Filter, Item>,
  filter: Filter | null | undefined,
): (item: Item) => boolean {
  const conditions = Object.entries<MatchRule<Item>>(rules).flatMap(([member, { idsOf, isAmong }]) => {
    const values = filter?.[member as keyof Filter] as readonly string[] | null | undefined;
    if (values == null) return [];
    const allowed = new Set(idsOf === undefined ? values : parseIds(idsOf, values, ['filter', member]));
    return [(item: Item) => isAmong(item, allowed)];
  });
  return (item) => conditions.every((matches) => matches(item));
}

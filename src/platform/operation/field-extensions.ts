import type { GraphQLField, GraphQLNamedType } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RequestContext } from './request-context';

/** Arguments as the client sent them, possibly unchecked. */
export type RawArguments = Readonly<Record<string, unknown>>;

type Length = number | ((args: RawArguments) => number);
type Prefetch = (ctx: RequestContext) => Promise<unknown>;

/**
 * Maximum length of a list without a page size, where it is known: for a list field, or for all lists of a type. The cost of an
 * operation is computed with it.
 */
export const ListLength = (length: Length): ReturnType<typeof Extensions> => Extensions({ length });

/** Declares what is read before all fields of an operation that selects this field. */
export const Prefetched = (prefetch: Prefetch): ReturnType<typeof Extensions> => Extensions({ prefetch });

export function listLength(
  field: GraphQLField<unknown, unknown>,
  item: GraphQLNamedType,
  args: RawArguments,
): number | undefined {
  const length = (field.extensions.length ?? item.extensions.length) as Length | undefined;
  return typeof length === 'function' ? length(args) : length;
}

export function prefetchOf({ extensions }: GraphQLField<unknown, unknown>): Prefetch | undefined {
  return extensions.prefetch as Prefetch | undefined;
}

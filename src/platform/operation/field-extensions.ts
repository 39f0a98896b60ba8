import type { GraphQLField, GraphQLNamedType } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RequestContext } from './request-context';

/** Arguments as the client sent them; they need not be checked yet. */
export type RawArguments = Readonly<Record<string, unknown>>;

type Length = number | ((args: RawArguments) => number);
type Prefetch = (ctx: RequestContext) => Promise<unknown>;

/**
 * How long a list without a page size can be, where more than a guess is known: of a list field, or of all lists that hold
 * a type. Its cost goes by it.
 */
export const ListLength = (length: Length): ReturnType<typeof Extensions> => Extensions({ length });

/** What is read before any field of an operation that selects this one. */
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

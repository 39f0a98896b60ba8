import type { GraphQLField, GraphQLNamedType } from 'graphql';
import { Extensions } from 'type-graphql';
import type { RequestContext } from './request-context';

/** Arguments as the client sent them, possibly unchecked. */
export type RawArguments = Readonly<Record<string, unknown>>;

type Length = number | ((args: RawArguments) => number);
type Prefetch = (ctx: RequestContext) => Promise<unknown>;

/**
 * Length of a list without a page size, for a list field or for all lists of a type. The cost of an operation is computed with it.
 * It is the maximum, or where the maximum is far from what is usual, a length that few lists exceed.
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

/** What a field costs, in tenths of an object. */
const WEIGHTS = {
  /** A number, a name, a time. */
  scalar: 1,
  /** An encrypted cursor: it takes as much CPU as the other fields of its object. */
  cursor: 5,
  /** A text of up to a few thousand characters, such as a note. */
  text: 10,
  /** A text of any length, such as the body of a delivery. */
  document: 100,
} as const;

export type Weight = keyof typeof WEIGHTS;

/** Declares that a scalar field costs more than others. */
export const Weighs = (weight: Weight): ReturnType<typeof Extensions> => Extensions({ weight });

export function weightOf({ extensions }: GraphQLField<unknown, unknown>): number {
  return WEIGHTS[(extensions.weight as Weight | undefined) ?? 'scalar'];
}

/** Declares that a field counts rows of a list: `totalCount` of a connection, or counts by group. */
export const Counts = (): ReturnType<typeof Extensions> => Extensions({ isCount: true });

export function isCount({ extensions }: GraphQLField<unknown, unknown>): boolean {
  return extensions.isCount === true;
}

/**
 * Declares that the resolver of a field passes its arguments to `refuseInvalid`, together with what its other rules refuse. Without
 * it, invalid values are refused before the resolver is called.
 */
export const ChecksArguments = (): ReturnType<typeof Extensions> => Extensions({ checksArguments: true });

export function checksArguments({ extensions }: Pick<GraphQLField<unknown, never>, 'extensions'>): boolean {
  return extensions.checksArguments === true;
}

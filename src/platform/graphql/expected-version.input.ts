import { Int } from 'type-graphql';
import { optional } from './types';

/** The input member for optimistic locking: the version that the caller last read. */
export function expectedVersionField(thing: string) {
  return optional(
    Int,
    `Version of the ${thing} that the caller last read. Any other version is refused with \`STALE_VERSION\`. Not checked when omitted, or when the mutation would change nothing.`,
  );
}

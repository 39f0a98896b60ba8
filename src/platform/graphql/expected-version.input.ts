import { Int } from 'type-graphql';
import { optional } from './types';

/** The member by which an input says which version of the thing that it changes its caller has seen. */
export function expectedVersionField(thing: string) {
  return optional(
    Int,
    `The version of the ${thing} that the caller has seen: another one is refused with STALE_VERSION. Not checked when absent, or when nothing would change.`,
  );
}

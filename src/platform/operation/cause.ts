import type { ActorValue } from '../access/actor';
import type { RequestContext } from './request-context';

/** By whom something is changed, and what they noted. */
export interface Cause {
  note: string | null;
  actor: ActorValue;
}

export function causeOf({ caller: { actor } }: RequestContext, { note }: { note?: string | null }): Cause {
  return { note: note ?? null, actor };
}

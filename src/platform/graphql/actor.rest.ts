import { z } from 'zod';
import { ACTOR_MESSAGE_TYPES, type ActorValue } from '../access/actor';
import type { RequestContext } from '../operation/request-context';
import { shape, text } from '../rest/shapes';
import { displayNameFor } from './actor.type';

export const Actor = shape('Actor', 'The actor that made a change.', {
  type: z
    .enum(Object.values(ACTOR_MESSAGE_TYPES))
    .describe(
      'Type of the actor: a program with an API key, a signed-in user, platform staff, or the platform itself. Values may be added.',
    ),
  displayName: text(
    'Name to show to people: the name of the API key, or the subject of the token. Customers see platform staff as "Impilo".',
  ),
});

/** The actor of a change, as the caller may see it. */
export function toActor(ctx: RequestContext, actor: Pick<ActorValue, 'kind' | 'label'>): z.infer<typeof Actor> {
  return { type: ACTOR_MESSAGE_TYPES[actor.kind], displayName: displayNameFor(ctx, actor) };
}

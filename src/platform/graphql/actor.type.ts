import { Field, ObjectType } from 'type-graphql';
import { ActorKind, type ActorValue } from '../access/actor';
import type { RequestContext } from '../operation/request-context';

@ObjectType({ description: 'Who did something.', simpleResolvers: true })
export class Actor implements ActorValue {
  @Field(() => ActorKind, { description: 'What kind of caller it was.' })
  kind: ActorKind;

  @Field(() => String, {
    description: 'The name of the API key or the subject of the token. To customers the platform\'s staff is "Impilo".',
  })
  label: string;
}

/** A customer sees the platform's staff as one: its own people are none of the customer's business. */
export function actorAsSeenBy(ctx: RequestContext, kind: ActorKind, label: string): ActorValue {
  return kind === ActorKind.OPERATOR && ctx.caller.scope.kind === 'customer'
    ? { kind, label: 'Impilo' }
    : { kind, label };
}

import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { ActorKind, type ActorValue } from '../access/actor';
import type { RequestContext } from '../operation/request-context';

registerEnumType(ActorKind, {
  name: 'ActorKind',
  description: 'What kind of caller did something.',
  valuesConfig: {
    API_KEY: { description: 'A server of the customer, with an API key.' },
    USER: { description: 'A person who was signed in.' },
    OPERATOR: { description: "The platform's own staff." },
    SYSTEM: { description: 'The platform itself.' },
  },
});

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

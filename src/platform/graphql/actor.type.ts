import { objectType, required } from './types';
import { ActorKind, type ActorValue } from '../access/actor';
import type { RequestContext } from '../operation/request-context';
import type { FieldDefinition } from './fields';

export const Actor = objectType<ActorValue>('Actor', 'Who did something.', {
  kind: required(ActorKind, 'What kind of caller it was.'),
  label: required(
    String,
    'The name of the API key or the subject of the token. To customers the platform\'s staff is "Impilo".',
  ),
});

/** A customer sees the platform's staff as one: its own people are none of the customer's business. */
export function actorAsSeenBy(ctx: RequestContext, kind: ActorKind, label: string): ActorValue {
  return kind === ActorKind.OPERATOR && ctx.caller.scope.kind === 'customer'
    ? { kind, label: 'Impilo' }
    : { kind, label };
}

/** `startedBy` of a row with `startedByKind` and `startedByLabel`. */
type ActorOf<Row> = { [Name in keyof Row]: Name extends `${infer Actor}Kind` ? Actor : never }[keyof Row];

/** Who did what a row tells of, as the caller may see it. */
export function actor<Row>(name: ActorOf<Row>, description: string, { nullable = false } = {}): FieldDefinition<Row> {
  const columns = [`${name}Kind`, `${name}Label`] as (keyof Row & string)[];
  const resolve = (row: Row, _args: never, ctx: RequestContext) => {
    const [kind, label] = columns.map((column) => row[column]) as unknown as [ActorKind | null, string];
    return kind === null ? null : actorAsSeenBy(ctx, kind, label);
  };
  return { type: Actor, description, nullable, source: { kind: 'computed', columns }, resolve };
}

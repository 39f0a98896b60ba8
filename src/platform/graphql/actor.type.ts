import { ID } from 'type-graphql';
import { displayNameForCustomer, type ActorColumns, type ActorValue } from '../access/actor';
import { toGlobalId } from '../base/global-id';
import type { RequestContext } from '../operation/request-context';
import { computed, type FieldDefinition } from './fields';
import { objectType, optional, plainInterfaceType, required, type FieldsOf } from './types';

/** An actor as resolvers return it; each type shows of it what it has. */
interface ActorRow {
  __typename: string;
  displayName: string;
  apiKeyId: string | null;
  subject: string;
}

export const Actor = plainInterfaceType<ActorRow>(
  'Actor',
  'Who did something. Types may be added; `displayName` fits each of them.',
  {
    displayName: required(
      String,
      'A name for people to read: the name of the API key or the subject of the token. To customers the staff of the platform is "Impilo".',
    ),
  },
);

const TYPE_NAMES = {
  API_KEY: 'ApiKeyActor',
  USER: 'UserActor',
  OPERATOR: 'StaffActor',
  SYSTEM: 'SystemActor',
} as const;

const actorType = (kind: ActorValue['kind'], description: string, fields: FieldsOf<ActorRow> = {}) =>
  objectType<ActorRow>(TYPE_NAMES[kind], description, fields, Actor);

/** Nothing names them but the interface. */
export const TYPES_OF_ACTORS = [
  actorType('API_KEY', 'A program of the customer, which called with an API key.', {
    apiKeyId: optional(
      ID,
      'The global id of the API key; null for changes that were recorded before the id was kept, and for the keys of the demo.',
    ),
  }),
  actorType('USER', 'A person of the customer, who was signed in.', {
    subject: required(String, 'The subject (`sub`) of the token: the id of the person at the identity provider.'),
  }),
  actorType('OPERATOR', 'A member of the staff of the platform.'),
  actorType('SYSTEM', 'The platform itself.'),
];

/** A customer sees the platform's staff as one: its own people are none of the customer's business. */
export function toActor(ctx: RequestContext, actor: ActorValue): ActorRow {
  const { kind, label, apiKeyId } = actor;
  return {
    __typename: TYPE_NAMES[kind],
    displayName: ctx.caller.scope.kind === 'customer' ? displayNameForCustomer(actor) : label,
    apiKeyId: apiKeyId === null ? null : toGlobalId('ApiKey', apiKeyId),
    subject: label,
  };
}

type Nullable<Columns> = { [Name in keyof Columns]: Columns[Name] | null };

/** Who did what a row tells of, as the caller may see it. @param name of the columns, e.g. `startedBy` of `startedByKind` */
export function actor<Name extends string, Row extends Nullable<ActorColumns<Name>>>(
  name: Name,
  description: string,
  { nullable = false } = {},
): FieldDefinition<Row> {
  const columns = ['Kind', 'Label', 'ApiKeyId'].map((part) => `${name}${part}`) as (keyof Row & string)[];
  return computed<Row>(
    Actor,
    columns,
    (row, ctx) => {
      const [kind, label, apiKeyId] = columns.map((column) => row[column]) as unknown as [
        ActorValue['kind'] | null,
        string,
        string | null,
      ];
      return kind === null ? null : toActor(ctx, { kind, label, apiKeyId });
    },
    description,
    { nullable },
  );
}

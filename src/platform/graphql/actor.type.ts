import { ID } from 'type-graphql';
import { displayNameForCustomer, type ActorColumns, type ActorValue } from '../access/actor';
import { toGlobalId } from '../base/global-id';
import type { RequestContext } from '../operation/request-context';
import { computed, type FieldDefinition } from './fields';
import { objectType, optional, plainInterfaceType, required, type FieldsOf } from './types';

/** An actor as resolvers return it; each type exposes its own members. */
interface ActorRow {
  __typename: string;
  displayName: string;
  apiKeyId: string | null;
  subject: string;
}

export const Actor = plainInterfaceType<ActorRow>(
  'Actor',
  'The actor that made a change. Types may be added; all of them have `displayName`.',
  {
    displayName: required(
      String,
      'Name to show to people: the name of the API key, or the subject of the token. Customers see platform staff as "Impilo".',
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

/** No field has one of these types; fields have the interface. */
export const ACTOR_TYPES = [
  actorType('API_KEY', 'A program of the customer that called with an API key.', {
    apiKeyId: optional(
      ID,
      'Global id of the API key: `node(id:)` returns it to `ADMIN` of the customer and to operators. Null for changes recorded before this id was stored, and for demo keys.',
    ),
  }),
  actorType('USER', 'A signed-in user of the customer.', {
    subject: required(String, 'Subject (`sub`) of the token: the id of the user at the identity provider.'),
  }),
  actorType('OPERATOR', 'A member of the platform staff.'),
  actorType('SYSTEM', 'The platform itself.'),
];

/** Customers see all platform staff as one actor, without names. */
export function displayNameFor(
  { caller: { scope } }: RequestContext,
  actor: Pick<ActorValue, 'kind' | 'label'>,
): string {
  return scope.kind === 'customer' ? displayNameForCustomer(actor) : actor.label;
}

export function toActor(ctx: RequestContext, actor: ActorValue): ActorRow {
  const { kind, label, apiKeyId } = actor;
  return {
    __typename: TYPE_NAMES[kind],
    displayName: displayNameFor(ctx, actor),
    apiKeyId: apiKeyId === null ? null : toGlobalId('ApiKey', apiKeyId),
    subject: label,
  };
}

type Nullable<Columns> = { [Name in keyof Columns]: Columns[Name] | null };

/** The actor recorded in a row, as the caller may see it. @param name prefix of the columns, e.g. `startedBy` of `startedByKind` */
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

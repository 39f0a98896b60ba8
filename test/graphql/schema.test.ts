import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLNamedType,
  type GraphQLScalarType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { Client } from 'pg';
import { ActorKind } from '../../src/platform/access/actor';
import { printGatewaySchema } from '../../src/programs/schema/emit-schema.cli';
import { buildGatewaySchema, FEATURES } from '../../src/features';
import type { UseCase } from '../../src/platform/operation/use-case';
import { createTestDatabase } from '../support/test-database';

const REPOSITORY = join(__dirname, '../..');

type Bound = UseCase<object, object>;

const schema = buildGatewaySchema();

it('schema.graphql is up to date: `npm run schema` regenerates it', () => {
  expect(readFileSync(join(REPOSITORY, 'schema.graphql'), 'utf8')).toBe(printGatewaySchema());
});

it('the printed schema keeps the order of members in the source', () => {
  const printed = buildSchema(printGatewaySchema());
  const membersOf = (name: string) => {
    const type = printed.getType(name) as GraphQLEnumType | GraphQLInputObjectType;
    return isEnumType(type) ? type.getValues().map((value) => value.name) : Object.keys(type.getFields());
  };
  const steps = ['CREATED', 'PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED', 'CANCELLED'];
  expect(membersOf('OrderStatus')).toEqual(steps);
  expect(membersOf('AddressInput').slice(0, 3)).toEqual(['lineOne', 'lineTwo', 'lineThree']);
  expect(membersOf('Device').slice(0, 2)).toEqual(['id', 'databaseId']);
});

it('the description of every returned enum says that it is open, unless it is closed', () => {
  const returned = Object.values(schema.getTypeMap())
    .flatMap((type) => (isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []))
    .map(({ type }) => getNamedType(type))
    .filter((type) => isEnumType(type) && !isIntrospectionType(type));
  const closed = [...new Set(returned)].filter(({ description }) => !description!.includes('Open enum: '));
  expect(closed.map(({ name }) => name)).toEqual(['ParcelDirection', 'Sex']);
});

it('every field whose arguments can be refused is nullable, so that an error does not null other fields', () => {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !isIntrospectionType(type)
      ? Object.values(type.getFields()).map((field) => ({ ...field, name: `${type.name}.${field.name}` }))
      : [],
  );
  // An unknown enum value fails the whole operation before execution.
  const refusable = fields.filter(({ args }) => args.some((arg) => !isEnumType(getNamedType(arg.type))));
  expect(refusable.length).toBeGreaterThan(50);
  const neverNull = refusable.filter(({ type, name }) => isNonNullType(type) && !name.startsWith('Subscription.'));
  expect(neverNull.map(({ name }) => name)).toEqual([]);
});

describe('descriptions', () => {
  const described = Object.values(schema.getTypeMap()).flatMap((type) =>
    isBuiltIn(type) ? [] : describedMembers(type),
  );

  it('exist for every type, field, argument, input field and enum value', () => {
    expect(described.length).toBeGreaterThan(500);
    expect(described.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });

  it('are sentences that say more than the name', () => {
    const poor = described.filter(({ name, description }) => {
      const text = description ?? '';
      return text.length < 8 || !text.endsWith('.') || letters(text) === letters(name.split(/[.(]/).at(-1)!);
    });
    expect(poor.map(({ name, description }) => `${name}: ${description}`)).toEqual([]);
  });

  it('state their limits', () => {
    const first = schema
      .getQueryType()!
      .getFields()
      .devices!.args.find((arg) => arg.name === 'first');
    expect(first!.description).toContain('Default 20, maximum 100;');
  });
});

it('every node type, or its interface, has a loader', () => {
  const loaders = FEATURES.flatMap((feature) => Object.keys(feature.nodes ?? {}));
  const loaded = loaders.map((name) => schema.getType(name) as GraphQLInterfaceType | GraphQLObjectType);
  const nodes = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType);
  const types = loaded.flatMap((type) => (isInterfaceType(type) ? schema.getPossibleTypes(type) : [type]));
  expect(nodes.map(({ name }) => name).sort()).toEqual(types.map(({ name }) => name).sort());
});

it('every mutation is bound to the use case of the same name', () => {
  const fields = Object.values(schema.getMutationType()!.getFields());
  const unbound = fields.filter(({ name, extensions }) => (extensions.useCase as Bound | undefined)?.name !== name);
  expect(unbound.map(({ name }) => name)).toEqual([]);
});

it('the description of every mutation lists its error codes', () => {
  const fields = Object.values(schema.getMutationType()!.getFields());
  const mutations = fields.map(({ name, description, extensions }) => ({
    name,
    described: /Error codes: (.+)\.$/.exec(description!)?.[1],
    codes: (extensions.useCase as Bound).codes.map((code) => `\`${code}\``).join(', '),
  }));
  expect(mutations.filter(({ described, codes }) => described !== codes)).toEqual([]);
  const declared = new Set(fields.flatMap(({ extensions }) => (extensions.useCase as Bound).codes));
  expect([...declared].sort()).toEqual(valuesOf('UserErrorCode'));
});

it('every custom scalar has a specification URL', () => {
  const scalars = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLScalarType => isScalarType(type) && !isSpecifiedScalarType(type),
  );
  expect(scalars.map(({ name }) => name).sort()).toEqual(['Date', 'DateTime', 'TimeZone']);
  for (const { specifiedByURL } of scalars) expect(specifiedByURL).toMatch(/^https:\/\/[a-z.-]+\.(org|com)\/\S+$/);
});

it('enums have the same values as the CHECK constraints of the database', async () => {
  const actors = Object.values(ActorKind).sort();
  const statuses = valuesOf('DeviceStatus');
  const orderStatuses = valuesOf('OrderStatus');
  expect(await checkedValues()).toEqual({
    'api_key.created_by_kind': actors,
    'api_key.revoked_by_kind': actors,
    'api_key.role': valuesOf('Role'),
    'device.current_status': statuses,
    'device_association.ended_by_kind': actors,
    'device_association.started_by_kind': actors,
    'device_identifier.type': valuesOf('DeviceIdentifierType'),
    'device_identifier_change.changed_by_kind': actors,
    'device_order.current_status': orderStatuses,
    'device_order.kind': valuesOf('OrderKind'),
    'device_status_change.changed_by_kind': actors,
    'device_status_change.previous_status': statuses,
    'device_status_change.reason': valuesOf('DeviceStatusChangeReason'),
    'device_status_change.status': statuses,
    'order_device.leg': valuesOf('ParcelDirection'),
    'order_event.by_kind': actors,
    'order_event.previous_status': orderStatuses,
    'order_event.status': orderStatuses,
    'patient.sex': valuesOf('Sex'),
    'webhook.disabled_reason': valuesOf('WebhookDisabledReason'),
    'webhook_delivery.status': valuesOf('WebhookDeliveryStatus'),
  });
});

function valuesOf(name: string): string[] {
  return namesOfValues(schema.getType(name) as GraphQLEnumType);
}

function namesOfValues(type: GraphQLEnumType): string[] {
  return type
    .getValues()
    .map((value) => value.name)
    .sort();
}

/** The values of each `column in ('A', 'B')` of the migrated database, by table and column. */
async function checkedValues(): Promise<Record<string, string[]>> {
  const database = await createTestDatabase('empty');
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ column: string; definition: string }>(
      `select conrelid::regclass || '.' || attname as column, pg_get_constraintdef(pg_constraint.oid) as definition
       from pg_constraint join pg_attribute on attrelid = conrelid and conkey = array[attnum]
       where contype = 'c' and connamespace = 'public'::regnamespace and pg_get_constraintdef(pg_constraint.oid) like '%ANY (ARRAY[%'`,
    );
    return Object.fromEntries(
      rows.map(({ column, definition }) => [column, definition.match(/(?<=')\w+(?='::text)/g)!.sort()]),
    );
  } finally {
    await client.end();
    await database.drop();
  }
}

interface Described {
  name: string;
  description: string | null | undefined;
}

function describedMembers(type: GraphQLNamedType): Described[] {
  if (isEnumType(type)) return [type, ...named(type.name, type.getValues())];
  if (isInputObjectType(type)) return [type, ...named(type.name, Object.values(type.getFields()))];
  if (!isObjectType(type) && !isInterfaceType(type)) return [type];
  const fields = Object.values(type.getFields());
  return [
    type,
    ...named(type.name, fields),
    ...fields.flatMap((field) =>
      field.args.map(({ name, description }) => ({ name: `${type.name}.${field.name}(${name}`, description })),
    ),
  ];
}

function named(owner: string, members: readonly Described[]): Described[] {
  return members.map(({ name, description }) => ({ name: `${owner}.${name}`, description }));
}

function isBuiltIn(type: GraphQLNamedType): boolean {
  return isIntrospectionType(type) || isSpecifiedScalarType(type);
}

/** The letters and `%` of a text: "Percent (%)" says more than the name PERCENT. */
function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z%]/g, '');
}

import 'reflect-metadata';
import {
  assertValidSchema,
  getNamedType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { buildSchemaSync, registerEnumType, type ClassType } from 'type-graphql';
import { definedEnums, type EnumDefinition } from '../base/enum';
import { toGlobalId } from '../base/global-id';
import { ACTOR_TYPES } from './actor.type';
import type { FieldSource } from './fields';
import { acceptInvalidValuesInEntries } from './entry-values';
import type { BoundResolver, Feature, FeatureParts, NodeLoader } from './feature';
import { assertKeysOfCalls } from './mutation';
import { prepareArguments } from './prepare-arguments';
import { meterFields } from '../operation/metered-fields';
import { NodeResolver } from './node.resolver';
import { StreamResolver } from './stream.resolver';

const ROOT_DESCRIPTIONS: Record<string, string> = {
  Query: 'Read operations. Root fields are nullable, so a field that fails does not null the others.',
  Mutation:
    'Write operations. A refused mutation changes nothing and returns the reasons in `userErrors`. Its description lists the possible error codes. With an `idempotencyKey`, any call is safe to repeat.',
  Subscription: 'Live events over WebSocket (graphql-transport-ws), at the same path as HTTP.',
};

/** Builds the schema of all features, with the types that they share. */
export function buildSchema(features: readonly Feature[], parts: FeatureParts): GraphQLSchema {
  const nodes = Object.fromEntries(features.flatMap((feature) => Object.entries(feature.nodes ?? {})));
  const featureResolvers = features.flatMap((feature) => feature.resolvers?.(parts) ?? []);
  const resolvers = [new NodeResolver(nodes), new StreamResolver(), ...featureResolvers];
  // After the resolvers: making them may complete an enum, such as the webhook event types.
  registerEnums();
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as [ClassType, ...ClassType[]],
    orphanedTypes: [...ACTOR_TYPES, ...features.flatMap(({ types }) => types ?? [])],
    container: { get: (resolver) => instances.get(resolver as ClassType) },
    // Use cases check inputs and return broken rules as userErrors.
    validate: false,
    pubSub: NO_PUB_SUB,
    // It would introspect the whole schema, which takes a tenth of the start.
    skipCheck: true,
  });
  assertValidSchema(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLInterfaceType) type.resolveType = (row: { __typename: string }) => row.__typename;
    if (type instanceof GraphQLObjectType) completeType(type, nodes);
  }
  describeOpenEnums(schema);
  for (const resolver of resolvers) if (isBound(resolver)) resolver.bindTo(schema, nodes);
  assertKeysOfCalls(schema);
  acceptInvalidValuesInEntries(schema);
  prepareArguments(schema);
  meterFields(schema);
  return schema;
}

function isBound(resolver: object): resolver is BoundResolver {
  return 'bindTo' in resolver;
}

const registered = new Set<EnumDefinition>();

/** type-graphql's storage is global to the process and keeps the enums of an earlier schema. */
function registerEnums(): void {
  for (const definition of definedEnums()) {
    if (registered.has(definition)) continue;
    registered.add(definition);
    const { name, description, values, descriptions } = definition;
    const valuesConfig = Object.fromEntries(
      Object.entries(descriptions).map(([value, description]) => [value, { description }]),
    );
    registerEnumType(values, { name, description, valuesConfig });
  }
}

/** Marks enums that clients receive and that may grow: a client that switches over the values needs a default case. */
function describeOpenEnums(schema: GraphQLSchema): void {
  const returned = new Set<GraphQLNamedType>(
    Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).map((field) => getNamedType(field.type))
        : [],
    ),
  );
  for (const { name, description, closed, unknown } of definedEnums()) {
    const type = schema.getType(name);
    if (!type || closed || !returned.has(type)) continue;
    type.description = `${description} Open enum: values may be added; ${unknown}.`;
  }
}

function completeType(type: GraphQLObjectType, nodes: Readonly<Record<string, NodeLoader>>): void {
  const description = ROOT_DESCRIPTIONS[type.name];
  if (description !== undefined) type.description = description;
  for (const field of Object.values(type.getFields())) {
    // Fields defined as data; type-graphql only resolves fields by methods of a class.
    const { resolve } = field.extensions as { resolve?: typeof field.resolve };
    if (resolve) field.resolve = resolve;
  }
  if (!type.getInterfaces().some((implemented) => implemented.name === 'Node')) return;
  const { id, databaseId } = type.getFields();
  const [entity = type] = type.getInterfaces().filter(({ name }) => name in nodes);
  const sourceOf = (source: FieldSource) => ({ source });
  id!.extensions = { ...id!.extensions, ...sourceOf({ kind: 'globalId', of: entity.name }) };
  id!.resolve = (row: { id: string }) => toGlobalId(entity.name, row.id);
  databaseId!.extensions = { ...databaseId!.extensions, ...sourceOf({ kind: 'column', column: 'id' }) };
  databaseId!.resolve = (row: { id: string }) => row.id;
}

/** type-graphql requires a pubSub although every subscription has its own `subscribe`. */
const NO_PUB_SUB = {
  publish: () => {
    throw new Error('Events go through the outbox.');
  },
  subscribe: () => {
    throw new Error('Subscriptions follow the event stream.');
  },
};

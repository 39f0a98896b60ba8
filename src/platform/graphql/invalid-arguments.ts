import {
  defaultFieldResolver,
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { invalidValuesIn } from '../base/invalid-value';
import { isTextScalar } from './scalars.type';

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/**
 * Makes all fields refuse arguments that a scalar could not read, before their resolvers see them. Mutations that use cases are
 * bound to are left out: those return them as userErrors.
 */
export function refuseInvalidArguments(schema: GraphQLSchema): void {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  );
  for (const field of fields) {
    if (field.extensions.useCase !== undefined || !field.args.some(({ type }) => holdsText(type))) continue;
    field.resolve = refusing(field.resolve ?? defaultFieldResolver);
    if (field.subscribe) field.subscribe = refusing(field.subscribe);
  }
}

function refusing(resolve: Resolver): Resolver {
  return (source, args: object, context, info) => {
    const [invalid] = invalidValuesIn(args);
    if (invalid) throw invalid;
    return resolve(source, args as Parameters<Resolver>[1], context, info);
  };
}

/** Whether a value of the type is, or can hold, what a text scalar has read. */
function holdsText(type: GraphQLInputType, seen = new Set<GraphQLNamedType>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return isTextScalar(named);
  if (seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => holdsText(field.type, seen));
}

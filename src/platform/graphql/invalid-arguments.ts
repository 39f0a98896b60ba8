import {
  defaultFieldResolver,
  getNamedType,
  GraphQLString,
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
 * Makes all fields refuse arguments that a scalar could not read or PostgreSQL cannot hold, before their resolvers see them. Mutations that use cases are
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
  return (source, args: Readonly<Record<string, unknown>>, context, info) => {
    // Cursors are verified and not stored: what is none is CURSOR_INVALID.
    const { after: _after, before: _before, ...values } = args;
    const [invalid] = invalidValuesIn(values);
    if (invalid) throw invalid;
    return resolve(source, args, context, info);
  };
}

/** Whether a value of the type is, or can hold, a text. */
function holdsText(type: GraphQLInputType, seen = new Set<GraphQLNamedType>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return isTextScalar(named) || named === GraphQLString;
  if (seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => holdsText(field.type, seen));
}

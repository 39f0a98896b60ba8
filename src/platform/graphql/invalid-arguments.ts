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
 * Makes all fields refuse arguments that a scalar could not parse or PostgreSQL cannot store, before their resolvers run.
 * Mutations that are bound to use cases are excluded: use cases return such values as userErrors.
 */
export function refuseInvalidArguments(schema: GraphQLSchema): void {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  );
  for (const field of fields) {
    if (field.extensions.useCase !== undefined || !field.args.some(({ type }) => containsText(type))) continue;
    field.resolve = refusing(field.resolve ?? defaultFieldResolver);
    if (field.subscribe) field.subscribe = refusing(field.subscribe);
  }
}

function refusing(resolve: Resolver): Resolver {
  return (source, args: Readonly<Record<string, unknown>>, context, info) => {
    // Cursors are verified and never stored: an invalid one is CURSOR_INVALID.
    const { after: _after, before: _before, ...values } = args;
    const [invalid] = invalidValuesIn(values);
    if (invalid) throw invalid;
    return resolve(source, args, context, info);
  };
}

/** Whether a value of the type is or can contain a string. */
function containsText(type: GraphQLInputType, seen = new Set<GraphQLNamedType>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return isTextScalar(named) || named === GraphQLString;
  if (seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => containsText(field.type, seen));
}

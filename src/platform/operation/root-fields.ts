import {
  coerceInputValue,
  isNonNullType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { badInput, DomainError, invalidValues, type InvalidValueError } from '../base/errors';
import { coercerOf, NOT_COERCED } from './coercion';
import type { RequestContext } from './request-context';
import type { Outcome, UseCase } from './use-case';

type RootField = GraphQLField<unknown, RequestContext>;

/**
 * The root fields of the schema, called without a document. Arguments are coerced by the same types, and then pass the same checks,
 * permissions and idempotency keys, as in a GraphQL operation: another interface has no rules of its own.
 */
export class RootFields {
  constructor(private readonly schema: GraphQLSchema) {}

  /**
   * @param args in the form of GraphQL variables: an undefined one is absent, and a list may be given as its only item
   * @throws RequestError; InvalidValueError, whose place starts with the name of the argument
   */
  async query(ctx: RequestContext, name: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const field = fieldOf(this.schema.getQueryType()!, name);
    return resolve(field, ctx, coerced(field, args));
  }

  /**
   * @returns the result without `userErrors`
   * @throws DomainError when the use case refuses the call; RequestError
   */
  async mutation<Result extends object>(
    ctx: RequestContext,
    { name }: UseCase<never, Result, never>,
    input: object,
  ): Promise<Result> {
    const field = fieldOf(this.schema.getMutationType()!, name);
    const { userErrors, ...result } = (await resolve(field, ctx, coerced(field, { input }))) as Outcome<Result>;
    if (userErrors.length > 0) throw new DomainError(userErrors);
    return result as unknown as Result;
  }
}

function fieldOf(type: GraphQLObjectType, name: string): RootField {
  const field = type.getFields()[name];
  if (!field) throw new Error(`${type.name} has no field ${name}.`);
  return field as RootField;
}

/** Root fields are resolved from their arguments and the context alone. */
async function resolve(field: RootField, ctx: RequestContext, args: object): Promise<unknown> {
  return field.resolve!(undefined, args, ctx, undefined as unknown as GraphQLResolveInfo);
}

function coerced({ args }: RootField, given: Readonly<Record<string, unknown>>): object {
  const values: Record<string, unknown> = {};
  const invalid: InvalidValueError[] = [];
  for (const { name, type, defaultValue } of args) {
    const value = given[name];
    if (value === undefined) {
      if (defaultValue !== undefined) values[name] = defaultValue;
      else if (isNonNullType(type)) invalid.push(badInput([name], 'is required'));
      continue;
    }
    const refuse: Parameters<typeof coerceInputValue>[2] = (path, _value, { message }) => {
      invalid.push(badInput([name, ...path.map(String)], message));
    };
    const quickly = coercerOf(type)(value);
    // Suggestions would name members as GraphQL has them.
    values[name] = quickly === NOT_COERCED ? coerceInputValue(value, type, refuse, true) : quickly;
  }
  if (invalid.length > 0) throw invalidValues(invalid);
  return values;
}

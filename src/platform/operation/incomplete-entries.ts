import {
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  type ExecutionArgs,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import { InvalidValue } from '../base/invalid-value';

type Values = Readonly<Record<string, unknown>>;

/** Mark of a type whose values are the entries of a bulk mutation, see entry-values.ts. */
export const IS_ENTRY = 'isEntry';

/**
 * The variables with an `InvalidValue` for each required field of an entry that is null or missing. It refuses the entry; without
 * it, GraphQL refuses the operation. Used only for variables that were refused.
 */
export function withPlaceholders({ schema, document, operationName, variableValues }: ExecutionArgs): Values {
  const given = { ...variableValues };
  for (const { variable, type } of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const inputType = typeFromAST(schema, type);
    if (inputType && Object.hasOwn(given, name))
      given[name] = complete(given[name], inputType as GraphQLInputType, false);
  }
  return given;
}

function complete(value: unknown, type: GraphQLInputType, isInEntry: boolean): unknown {
  if (value == null) return isInEntry && isNonNullType(type) ? placeholder(type.ofType, 'must not be null') : value;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const item = nullable.ofType;
    return Array.isArray(value) ? value.map((one) => complete(one, item, isInEntry)) : complete(value, item, isInEntry);
  }
  if (!isInputObjectType(nullable) || typeof value !== 'object' || Array.isArray(value)) return value;
  return completeObject(value as Values, nullable, isInEntry || nullable.extensions[IS_ENTRY] === true);
}

function completeObject(value: Values, type: GraphQLInputObjectType, isInEntry: boolean): Values {
  const completed: Record<string, unknown> = { ...value };
  for (const { name, type: inner, defaultValue } of Object.values(type.getFields())) {
    if (value[name] !== undefined) completed[name] = complete(value[name], inner, isInEntry);
    else if (isInEntry && isNonNullType(inner) && defaultValue === undefined)
      completed[name] = placeholder(inner.ofType, 'is required');
  }
  return completed;
}

function placeholder(type: GraphQLInputType, rule: string): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [placeholder(nullable.ofType, rule)];
  if (!isInputObjectType(nullable)) return new InvalidValue(rule);
  const needed = Object.values(nullable.getFields()).filter(({ type: inner }) => isNonNullType(inner));
  return Object.fromEntries(needed.map((field) => [field.name, placeholder(field.type, rule)]));
}

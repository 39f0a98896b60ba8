import {
  getNamedType,
  getNullableType,
  GraphQLID,
  GraphQLString,
  isInputObjectType,
  isListType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
} from 'graphql';
import { refuseInvalid } from '../base/invalid-value';
import { checksArguments } from '../operation/field-extensions';
import { isTextScalar } from './scalars.type';

type Values = Readonly<Record<string, unknown>>;

/**
 * Makes the check of a field that refuses arguments which a scalar could not parse, which are no ids, or which PostgreSQL cannot
 * store, all of them at once. Undefined for a field without such arguments, for a field that checks them with its other rules, and
 * for mutations that are bound to use cases: use cases return such values as userErrors.
 */
export function invalidArgumentsRefuser(
  field: Pick<GraphQLField<unknown, never>, 'args' | 'extensions'>,
): ((values: Values) => Values) | undefined {
  if (field.extensions.useCase !== undefined || checksArguments(field)) return undefined;
  if (!field.args.some(({ type }) => canBeInvalid(type))) return undefined;
  return (values) => {
    refuseInvalid(values);
    return values;
  };
}

/** Whether a value of the type is or can contain a string or a list. */
function canBeInvalid(type: GraphQLInputType, seen = new Set<GraphQLNamedType>()): boolean {
  if (isListType(getNullableType(type))) return true;
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return isTextScalar(named) || named === GraphQLString || named === GraphQLID;
  if (seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => canBeInvalid(field.type, seen));
}

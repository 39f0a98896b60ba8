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
import { invalidValues } from '../base/errors';
import { invalidValuesIn } from '../base/invalid-value';
import { isTextScalar } from './scalars.type';

type Values = Readonly<Record<string, unknown>>;

/**
 * Makes the check of a field that refuses arguments which a scalar could not parse, which are no ids, or which PostgreSQL cannot
 * store, all of them at once. Undefined for a field without such arguments, and for mutations that are bound to use cases: use cases
 * return such values as userErrors.
 */
export function invalidArgumentsRefuser({
  args,
  extensions,
}: Pick<GraphQLField<unknown, never>, 'args' | 'extensions'>): ((values: Values) => Values) | undefined {
  if (extensions.useCase !== undefined || !args.some(({ type }) => canBeInvalid(type))) return undefined;
  return (values) => {
    // Cursors are verified and never stored: an invalid one is CURSOR_INVALID.
    const { after: _after, before: _before, ...checked } = values;
    const invalid = invalidValuesIn(checked);
    if (invalid.length > 0) throw invalidValues(invalid);
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

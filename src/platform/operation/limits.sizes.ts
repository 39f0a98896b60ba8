import {
  getNullableType,
  isInputObjectType,
  isListType,
  valueFromASTUntyped,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type OperationDefinitionNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import type { RawArguments } from './field-extensions';

/** Variables as the client sent them; they need not be coerced yet. */
export type RawVariables = Readonly<Record<string, unknown>> | null | undefined;

/** The variables of an operation with their defaults. */
export function withDefaults(operation: OperationDefinitionNode, variables: RawVariables): Record<string, unknown> {
  // Without a prototype, so that a variable may be called $constructor or $__proto__.
  const values = Object.create(null) as Record<string, unknown>;
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = variables != null && Object.hasOwn(variables, name) ? variables[name] : undefined;
    values[name] = given === undefined && defaultValue ? valueFromASTUntyped(defaultValue) : given;
  }
  return values;
}

/** The page size a field's arguments ask for; undefined for a field that has no pages. */
export function pageSizeOf(field: GraphQLField<unknown, unknown>, args: RawArguments): number | undefined {
  if (field.args.length === 0) return undefined;
  const pageArgs = field.args.filter(({ name }) => name === 'first' || name === 'last');
  if (pageArgs.length === 0) return undefined;
  const sizes = pageArgs.map(({ name, defaultValue }) => args[name] ?? defaultValue).filter(isCount);
  // What is no count (negative, null, text) stands for the default or is refused where it is read, and so is more than
  // MAX_PAGE_SIZE, with an error of its own that says so better than a cost.
  return sizes.length === 0 ? DEFAULT_PAGE_SIZE : Math.min(Math.max(...sizes), MAX_PAGE_SIZE);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** The rows a mutation field is asked to write: the longest list among its arguments and their input fields. */
export function writesOf(field: GraphQLField<unknown, unknown>, args: RawArguments): number {
  let writes = Math.max(1, longestList(field.args, args) ?? 1);
  for (const { name, type } of field.args) {
    const inputType = getNullableType(type);
    const input = args[name];
    if (!isInputObjectType(inputType) || typeof input !== 'object' || input === null) continue;
    writes = Math.max(writes, longestList(Object.values(inputType.getFields()), input as RawArguments) ?? 1);
  }
  return writes;
}

/**
 * The length of the longest list among the values that are declared as lists; undefined if none is given.
 *
 * It goes by the declaration, for nobody has checked the variables yet: an input with 100,000 unknown keys, used in
 * each of 400 fields, must cost nothing.
 */
export function longestList(
  declared: readonly (GraphQLArgument | GraphQLInputField)[],
  values: RawArguments,
): number | undefined {
  let longest: number | undefined;
  for (const { name, type } of declared) {
    const value = values[name];
    if (isListType(getNullableType(type)) && Array.isArray(value)) longest = Math.max(longest ?? 0, value.length);
  }
  return longest;
}

import {
  getNullableType,
  isInputObjectType,
  isListType,
  valueFromASTUntyped,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type OperationDefinitionNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import type { RawArguments } from './field-extensions';
import { fieldsThatContain } from './input-fields';

/** Variables as the client sent them, possibly not coerced. */
export type RawVariables = Readonly<Record<string, unknown>> | null | undefined;

/** The variables of an operation with their defaults. */
export function withDefaults(operation: OperationDefinitionNode, variables: RawVariables): Record<string, unknown> {
  // No prototype: a variable may be called $constructor or $__proto__.
  const values = Object.create(null) as Record<string, unknown>;
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = variables != null && Object.hasOwn(variables, name) ? variables[name] : undefined;
    values[name] = given === undefined && defaultValue ? valueFromASTUntyped(defaultValue) : given;
  }
  return values;
}

/** The page size that a field's arguments request. Undefined for a field without pages. */
export function pageSizeOf(field: GraphQLField<unknown, unknown>, args: RawArguments): number | undefined {
  if (field.args.length === 0) return undefined;
  const pageArgs = field.args.filter(({ name }) => name === 'first' || name === 'last');
  if (pageArgs.length === 0) return undefined;
  const sizes = pageArgs.map(({ name, defaultValue }) => args[name] ?? defaultValue).filter(isCount);
  // An invalid size (negative, null, text) means the default, or is refused later. So is a size above MAX_PAGE_SIZE: that error
  // explains the problem better than a cost limit.
  return sizes.length === 0 ? DEFAULT_PAGE_SIZE : Math.min(Math.max(...sizes), MAX_PAGE_SIZE);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** Number of rows that a mutation writes: the length of the longest list among its arguments and their input fields. */
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
 * Length of the longest list among the values that are declared as lists. Undefined if no list is given.
 *
 * It iterates over the declarations because the variables are not checked yet: an input with 100,000 unknown keys, used in each
 * of 400 fields, must take no time.
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

/**
 * Number of items of the lists among arguments, at any depth.
 *
 * As `longestList`, it iterates over the declarations.
 */
export function itemsOf(declared: readonly (GraphQLArgument | GraphQLInputField)[], values: RawArguments): number {
  let items = 0;
  for (const { name, type } of declared) {
    const value = values[name];
    if (typeof value === 'object' && value !== null) items += itemsIn(value, getNullableType(type));
  }
  return items;
}

const fieldsWithLists = fieldsThatContain(isListType);

function itemsIn(value: object, type: GraphQLInputType): number {
  if (isListType(type)) {
    if (!Array.isArray(value)) return itemsIn(value, getNullableType<GraphQLInputType>(type.ofType));
    const item = getNullableType<GraphQLInputType>(type.ofType);
    if (!isInputObjectType(item) || fieldsWithLists(item).length === 0) return value.length;
    const isObject = (one: unknown): one is object => typeof one === 'object' && one !== null;
    return value.reduce((sum: number, one: unknown) => sum + (isObject(one) ? itemsIn(one, item) : 0), value.length);
  }
  return isInputObjectType(type) ? itemsOf(fieldsWithLists(type), value as RawArguments) : 0;
}

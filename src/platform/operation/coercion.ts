import {
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
} from 'graphql';

/** Instead of a value that graphql-js must coerce: it is invalid, or of a form that is rare. */
export const NOT_COERCED = Symbol('not coerced');

/** Coerces a value as `coerceInputValue` of graphql-js, or returns NOT_COERCED. */
export type Coercer = (value: unknown) => unknown;

type Values = Readonly<Record<string, unknown>>;

/** What every object inherits. Names of its members are left to graphql-js, which reads and writes them on objects without a prototype. */
export const INHERITED: object = Object.prototype;

/** There are as many as types in the schema, and types of variables. */
const coercers = new WeakMap<GraphQLInputType, Coercer>();

/**
 * The coercer of a type, put together once. graphql-js finds out for each value of which kind its type is, and keeps the path of each
 * value in case that it is invalid, which takes most of the time for a thousand objects.
 */
export function coercerOf(type: GraphQLInputType): Coercer {
  let coercer = coercers.get(type);
  if (!coercer) {
    // A type may contain itself.
    coercers.set(type, (value) => coercers.get(type)!(value));
    coercer = makeCoercer(type);
    coercers.set(type, coercer);
  }
  return coercer;
}

function makeCoercer(type: GraphQLInputType): Coercer {
  if (isNonNullType(type)) {
    const coerce = coercerOf(type.ofType);
    return (value) => (value == null ? NOT_COERCED : coerce(value));
  }
  if (isListType(type)) return listCoercer(coercerOf(type.ofType));
  return isInputObjectType(type) ? objectCoercer(type) : leafCoercer(type);
}

function leafCoercer(type: GraphQLLeafType): Coercer {
  return (value) => {
    if (value == null) return null;
    try {
      const parsed: unknown = type.parseValue(value);
      return parsed === undefined ? NOT_COERCED : parsed;
    } catch {
      return NOT_COERCED;
    }
  };
}

function listCoercer(coerce: Coercer): Coercer {
  return (value) => {
    if (value == null) return null;
    if (!Array.isArray(value)) return NOT_COERCED;
    const items: unknown[] = [];
    for (const item of value as unknown[]) {
      const coerced = coerce(item);
      if (coerced === NOT_COERCED) return NOT_COERCED;
      items.push(coerced);
    }
    return items;
  };
}

interface Member extends Pick<GraphQLInputField, 'name' | 'defaultValue'> {
  readonly coerce: Coercer;
  readonly isRequired: boolean;
}

function objectCoercer(type: GraphQLInputObjectType): Coercer {
  const members = Object.values(type.getFields()).map(({ name, type: inner, defaultValue }): Member => ({
    name,
    defaultValue,
    coerce: coercerOf(inner),
    isRequired: isNonNullType(inner) && defaultValue === undefined,
  }));
  if (type.isOneOf || members.some(({ name }) => name in INHERITED)) return () => NOT_COERCED;
  return (value) => {
    if (value == null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) return NOT_COERCED;
    const coerced: Record<string, unknown> = {};
    let given = 0;
    for (const { name, coerce, defaultValue, isRequired } of members) {
      const inner = (value as Values)[name];
      if (inner === undefined) {
        if (isRequired) return NOT_COERCED;
        if (defaultValue !== undefined) coerced[name] = defaultValue;
        continue;
      }
      const result = coerce(inner);
      if (result === NOT_COERCED) return NOT_COERCED;
      coerced[name] = result;
      given += 1;
    }
    // Otherwise, it has a field that the type does not have.
    return given === Object.keys(value).length ? coerced : NOT_COERCED;
  };
}

import {
  getNamedType,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
  type GraphQLSchema,
  type ValueNode,
} from 'graphql';
import { InvalidValue } from '../base/invalid-value';
import { IS_ENTRY } from '../operation/incomplete-entries';
import type { UseCase } from '../operation/use-case';
import { ruleOfTextScalar } from './scalars.type';

const RULES: Readonly<Record<string, string>> = {
  Int: 'must be a whole number from -2147483648 to 2147483647',
  Float: 'must be a number',
  Boolean: 'must be true or false',
  String: 'must be a string',
  ID: 'must be an id',
};

/**
 * Makes the entries of bulk mutations accept values of a wrong type as `InvalidValue`, so that such a value refuses its entry and
 * not the whole call. Otherwise, GraphQL refuses the operation before a use case sees it.
 *
 * Only the types of the fields of an entry are replaced, by types with the same names. The schema that clients see is the same.
 * `withPlaceholders` does the same for required fields without a value. A field that does not exist still refuses the call.
 */
export function acceptInvalidValuesInEntries(schema: GraphQLSchema): void {
  const known = new Map<GraphQLInputType, GraphQLInputType>();
  for (const { extensions, args } of Object.values(schema.getMutationType()!.getFields())) {
    const { itemwise } = extensions.useCase as UseCase<never, object>;
    if (itemwise === undefined) continue;
    const input = getNamedType(args[0]!.type) as GraphQLInputObjectType;
    const entry = getNamedType(input.getFields()[itemwise]!.type) as GraphQLInputObjectType;
    entry.extensions = { ...entry.extensions, [IS_ENTRY]: true };
    for (const field of Object.values(entry.getFields())) field.type = lenient(field.type, known);
  }
}

function lenient(type: GraphQLInputType, known: Map<GraphQLInputType, GraphQLInputType>): GraphQLInputType {
  if (isNonNullType(type)) return new GraphQLNonNull(lenient(type.ofType, known) as GraphQLScalarType);
  if (isListType(type)) return new GraphQLList(lenient(type.ofType, known));
  const made = known.get(type) ?? lenientNamed(type, known);
  known.set(type, made);
  return made;
}

/** A copy of a type. What the type refuses to parse becomes an InvalidValue. */
function lenientNamed(
  type: GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType,
  known: Map<GraphQLInputType, GraphQLInputType>,
): GraphQLInputType {
  if (isInputObjectType(type)) {
    const config = type.toConfig();
    const fields = Object.entries(config.fields).map(([name, field]) => [
      name,
      { ...field, type: lenient(field.type, known) },
    ]);
    return new GraphQLInputObjectType({ ...config, fields: Object.fromEntries(fields) as typeof config.fields });
  }
  const copy = isEnumType(type) ? new GraphQLEnumType(type.toConfig()) : new GraphQLScalarType(type.toConfig());
  const invalid = new InvalidValue(ruleOf(type));
  copy.parseValue = (value: unknown) => {
    if (value instanceof InvalidValue) return value;
    try {
      return (type.parseValue(value) as unknown) ?? invalid;
    } catch {
      return invalid;
    }
  };
  copy.parseLiteral = (node: ValueNode, variables?: Parameters<GraphQLScalarType['parseLiteral']>[1]) => {
    try {
      return (type.parseLiteral(node, variables) as unknown) ?? invalid;
    } catch {
      return invalid;
    }
  };
  return copy;
}

function ruleOf(type: GraphQLScalarType | GraphQLEnumType): string {
  if (isEnumType(type)) {
    const names = type.getValues().map(({ name }) => name);
    return `must be one of ${names.join(', ')}`;
  }
  const rule = ruleOfTextScalar(type) ?? RULES[type.name];
  if (rule === undefined) throw new Error(`The rule of ${type.name} is missing.`);
  return rule;
}

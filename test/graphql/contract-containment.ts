import {
  BreakingChangeType,
  findBreakingChanges,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/**
 * What a schema lacks of a contract: one line for each thing that is missing, or there with another type or nullability.
 *
 * Optional things may be added. graphql-js finds what is missing, but lets pass what loosens an input or tightens an output; the
 * contract is exact there, so types are compared as well.
 */
export function missingFrom(schema: GraphQLSchema, contract: GraphQLSchema): string[] {
  const missing = findBreakingChanges(contract, schema)
    .filter(
      ({ type }) => type !== BreakingChangeType.FIELD_CHANGED_KIND && type !== BreakingChangeType.ARG_CHANGED_KIND,
    )
    .map(({ description }) => description);
  const actual = typesOfMembers(schema);
  for (const [member, type] of typesOfMembers(contract)) {
    const found = actual.get(member);
    if (found !== undefined && found !== type) missing.push(`${member} is ${found}, not ${type}.`);
  }
  return missing;
}

/** `Device.site` → `Site`, `Device.site(arg:)` → the argument's type with its default, for every type. */
function typesOfMembers(schema: GraphQLSchema): Map<string, string> {
  return new Map(Object.values(schema.getTypeMap()).flatMap(membersOf));
}

function membersOf(type: GraphQLNamedType): [string, string][] {
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, withDefault(field)]);
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field): [string, string][] => [
    [`${type.name}.${field.name}`, field.type.toString()],
    ...field.args.map((arg): [string, string] => [`${type.name}.${field.name}(${arg.name}:)`, withDefault(arg)]),
  ]);
}

function withDefault(value: { type: { toString(): string }; defaultValue?: unknown }): string {
  const type = value.type.toString();
  return value.defaultValue === undefined ? type : `${type} = ${JSON.stringify(value.defaultValue)}`;
}

import {
  getNullableType,
  isInputObjectType,
  isListType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';

type FieldsOf = (type: GraphQLInputObjectType) => readonly GraphQLInputField[];

/**
 * Makes a function that returns the fields of an input type whose values can contain what is wanted, at any depth. It finds them once for
 * each type, because an input can have a thousand objects of it, most of whose fields are not given.
 */
export function fieldsThatContain(isWanted: (type: GraphQLInputType) => boolean): FieldsOf {
  const contains = (declared: GraphQLInputType, seen: Set<GraphQLInputType>): boolean => {
    const type = getNullableType(declared);
    if (isWanted(type)) return true;
    if (isListType(type)) return contains(type.ofType, seen);
    if (!isInputObjectType(type) || seen.has(type)) return false;
    seen.add(type);
    return Object.values(type.getFields()).some((field) => contains(field.type, seen));
  };
  const known = new WeakMap<GraphQLInputObjectType, readonly GraphQLInputField[]>();
  return (type) => {
    let fields = known.get(type);
    if (!fields) {
      fields = Object.values(type.getFields()).filter((field) => contains(field.type, new Set()));
      known.set(type, fields);
    }
    return fields;
  };
}

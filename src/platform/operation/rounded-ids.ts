import {
  GraphQLID,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { RequestError } from '../base/errors';
import { fieldsThatContain } from './input-fields';
import type { RawVariables } from './limits.sizes';

/**
 * Finds ids that are numbers beyond 2^53 in the JSON of the variables. JSON parsers round them, the client's too, so they would name
 * another object: ids of readings are that large. Numbers in the document are read exactly.
 *
 * @param refuse called for each
 */
export function refuseRoundedIds(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: RawVariables,
  refuse: (makeError: () => RequestError) => void,
): void {
  if (variables == null) return;
  let types = typesOfOperations.get(operation);
  if (!types) typesOfOperations.set(operation, (types = typesOf(schema, operation)));
  for (const [name, type] of types) {
    const value = variables[name];
    if (typeof value !== 'number' && typeof value !== 'object') continue;
    if (!hasRounded(value, type)) continue;
    findRounded(value, type, (reversed) =>
      refuse(() => {
        const path = [name, ...reversed().reverse()];
        const message = `${path.join('.')}: must be a string, because JSON rounds numbers beyond 2^53`;
        return new RequestError('BAD_USER_INPUT', message, { path });
      }),
    );
  }
}

type VariableTypes = readonly (readonly [name: string, type: GraphQLInputType | undefined])[];

const typesOfOperations = new WeakMap<OperationDefinitionNode, VariableTypes>();

function typesOf(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode): VariableTypes {
  return variableDefinitions.map(({ variable, type }) => [
    variable.name.value,
    typeFromAST(schema, type) as GraphQLInputType | undefined,
  ]);
}

/** Whether there is one. Paths of a thousand objects would be the most of the work. */
function hasRounded(value: unknown, type: GraphQLInputType | undefined): boolean {
  if (isNonNullType(type) || (isListType(type) && !Array.isArray(value)))
    return hasRounded(value, type.ofType as GraphQLInputType);
  if (isListType(type)) return (value as unknown[]).some((item) => hasRounded(item, type.ofType as GraphQLInputType));
  if (!isInputObjectType(type)) return isId(type) && isRounded(value);
  if (typeof value !== 'object' || value === null) return false;
  return fieldsWithIds(type).some(({ name, type: inner }) =>
    hasRounded((value as Record<string, unknown>)[name], inner),
  );
}

function isRounded(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

type ReversedPath = () => string[];

/**
 * Finds each such id. A single value is a list of one, as in GraphQL.
 *
 * It follows the declared types: other values have any depth, and are refused later.
 */
function findRounded(
  value: unknown,
  type: GraphQLInputType | undefined,
  found: (path: ReversedPath) => void,
  path: ReversedPath = () => [],
): void {
  if (isNonNullType(type) || (isListType(type) && !Array.isArray(value)))
    findRounded(value, type.ofType as GraphQLInputType, found, path);
  else if (isListType(type))
    for (const [at, item] of (value as unknown[]).entries())
      findRounded(item, type.ofType as GraphQLInputType, found, () => [String(at), ...path()]);
  else if (isInputObjectType(type) && typeof value === 'object' && value !== null)
    for (const { name, type: inner } of fieldsWithIds(type))
      findRounded((value as Record<string, unknown>)[name], inner, found, () => [name, ...path()]);
  else if (isId(type) && isRounded(value)) found(path);
}

const fieldsWithIds = fieldsThatContain(isId);

/** By name, because types in entries of bulk calls are copies, see entry-values.ts. */
function isId(type: GraphQLInputType | undefined): boolean {
  return isScalarType(type) && type.name === GraphQLID.name;
}

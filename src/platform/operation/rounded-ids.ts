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
import type { RawVariables } from './limits.sizes';

/**
 * Refuses ids that are numbers beyond 2^53 in the JSON of the variables. JSON parsers round them, the client's too, so they would
 * name another object: ids of readings are that large. Numbers in the document are read exactly.
 *
 * @throws RequestError BAD_USER_INPUT
 */
export function refuseRoundedIds(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: RawVariables,
): void {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value;
    const found = roundedIdIn(variables?.[name], typeFromAST(schema, type) as GraphQLInputType | undefined);
    if (!found) continue;
    const path = [name, ...found];
    const message = `${path.join('.')}: must be a string, because JSON rounds numbers beyond 2^53`;
    throw new RequestError('BAD_USER_INPUT', message, { path });
  }
}

/** The path of the first such id. A single value is a list of one, as in GraphQL. */
function roundedIdIn(value: unknown, type: GraphQLInputType | undefined): string[] | undefined {
  if (isNonNullType(type) || (isListType(type) && !Array.isArray(value)))
    return roundedIdIn(value, type.ofType as GraphQLInputType);
  if (typeof value === 'number')
    return isNamed(type, GraphQLID.name) && Number.isInteger(value) && !Number.isSafeInteger(value) ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = isInputObjectType(type) ? type.getFields() : undefined;
  for (const [member, inner] of Object.entries(value)) {
    const found = roundedIdIn(inner, isListType(type) ? (type.ofType as GraphQLInputType) : fields?.[member]?.type);
    if (found) return [member, ...found];
  }
  return undefined;
}

/** By name, because types in entries of bulk calls are copies, see entry-values.ts. */
function isNamed(type: GraphQLInputType | undefined, name: string): boolean {
  return isScalarType(type) && type.name === name;
}

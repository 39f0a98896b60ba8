import {
  coerceInputValue,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  typeFromAST,
  type ExecutionArgs,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import { RequestError } from '../base/errors';

/** Maximum for each variable; the same as in graphql-js. */
const MAX_ERRORS = 50;

/**
 * The errors of graphql-js about variables, with the path of each value from the variable's name on: graphql-js has the path
 * only in its message. To get the paths, a refused variable is coerced again; valid variables are coerced once.
 */
export function refusalsOfVariables({
  schema,
  document,
  operationName,
  variableValues,
}: ExecutionArgs): GraphQLError[] {
  const { variableDefinitions = [] } = getOperationAST(document, operationName)!;
  const given = variableValues ?? {};
  return variableDefinitions.flatMap((definition) => {
    const { errors = [] } = getVariableValues(schema, [definition], given, { maxErrors: MAX_ERRORS });
    if (errors.length === 0) return [];
    const paths = pathsOf(schema, definition, given);
    return errors.map(({ message, nodes }, index) => {
      const path = paths[index] ?? [definition.variable.name.value];
      return new GraphQLError(message, { nodes, originalError: new RequestError('BAD_USER_INPUT', message, { path }) });
    });
  });
}

/** Paths of the values with a wrong type, in the order of the errors. Empty for a variable that is missing or null. */
function pathsOf(
  schema: GraphQLSchema,
  { variable, type }: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): string[][] {
  const name = variable.name.value;
  const paths: string[][] = [];
  if (!Object.hasOwn(variables, name) || variables[name] === null) return paths;
  coerceInputValue(variables[name], typeFromAST(schema, type) as GraphQLInputType, (path) => {
    if (paths.length < MAX_ERRORS) paths.push([name, ...path.map(String)]);
  });
  return paths;
}

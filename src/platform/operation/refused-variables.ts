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

/** Of each variable; graphql-js has this one too. */
const MAX_ERRORS = 50;

/**
 * Why graphql-js refuses variables, with the path of each value, which it says in words alone: from the name of the variable on.
 * They are read again for it, so that those that are good are read once.
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

/** Of the values that have the wrong type, in the order of the errors; none for a variable that is missing or null. */
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

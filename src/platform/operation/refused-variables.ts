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
import { errorsOfReasons, MAX_REASONS, Reasons } from '../base/reasons';

/**
 * The errors of graphql-js about variables, with the path of each value from the variable's name on: graphql-js has the path
 * only in its message. To get the paths, a refused variable is coerced again; valid variables are coerced once.
 */
export function refusalsOfVariables({ schema, document, operationName, variableValues }: ExecutionArgs): Error[] {
  const { variableDefinitions = [] } = getOperationAST(document, operationName)!;
  const given = variableValues ?? {};
  const reasons = new Reasons<GraphQLError>();
  for (const definition of variableDefinitions) {
    const { errors = [] } = getVariableValues(schema, [definition], given, { maxErrors: MAX_REASONS });
    if (errors.length === 0) continue;
    const { paths, count } = pathsOf(schema, definition, given);
    // Beyond the maximum, the last error of graphql-js only says that there are more.
    const refused = errors.slice(0, MAX_REASONS);
    refused.forEach(({ message, nodes }, index) => {
      const path = paths[index] ?? [definition.variable.name.value];
      const originalError = new RequestError('BAD_USER_INPUT', message, { path });
      reasons.add(() => new GraphQLError(message, { nodes, originalError }));
    });
    reasons.addOthers(Math.max(0, count - refused.length));
  }
  return errorsOfReasons(reasons);
}

/** Number and first paths of the values with a wrong type, in the order of the errors. None for a variable that is missing or null. */
function pathsOf(
  schema: GraphQLSchema,
  { variable, type }: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): { paths: string[][]; count: number } {
  const name = variable.name.value;
  const paths: string[][] = [];
  let count = 0;
  if (!Object.hasOwn(variables, name) || variables[name] === null) return { paths, count };
  coerceInputValue(variables[name], typeFromAST(schema, type) as GraphQLInputType, (path) => {
    count += 1;
    if (paths.length < MAX_REASONS) paths.push([name, ...path.map(String)]);
  });
  return { paths, count };
}

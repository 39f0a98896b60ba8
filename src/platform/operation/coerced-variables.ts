import {
  getOperationAST,
  GraphQLScalarType,
  GraphQLSchema,
  isInputType,
  isNullableType,
  OperationTypeNode,
  typeFromAST,
  type ExecutionArgs,
  type GraphQLInputType,
  type OperationDefinitionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { oncePer } from '../base/settled-once';
import { coercerOf, INHERITED, NOT_COERCED, type Coercer } from './coercion';

type Values = Readonly<Record<string, unknown>>;

interface Variable {
  readonly name: string;
  readonly coerce: Coercer;
  readonly isOptional: boolean;
}

/** By operation. */
const known = new WeakMap<OperationDefinitionNode, readonly Variable[]>();

/**
 * The values of the variables of an operation, as `getVariableValues` of graphql-js coerces them, which finds out the type of each
 * variable for each request. Undefined when one is refused.
 */
export function coercedVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Values,
): Record<string, unknown> | undefined {
  return (
    validVariables(schema, operation, given) ??
    getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 1 }).coerced
  );
}

/** The same for the usual values. Undefined also for some that are valid. */
function validVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Values,
): Record<string, unknown> | undefined {
  let variables = known.get(operation);
  if (!variables) known.set(operation, (variables = variablesOf(schema, operation)));
  const coerced: Record<string, unknown> = {};
  for (const { name, coerce, isOptional } of variables) {
    if (!Object.hasOwn(given, name)) {
      if (isOptional) continue;
      return undefined;
    }
    const value = coerce(given[name]);
    if (value === NOT_COERCED) return undefined;
    coerced[name] = value;
  }
  return coerced;
}

function variablesOf(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode): Variable[] {
  return variableDefinitions.map(({ variable, type: node, defaultValue }) => {
    const type = typeFromAST(schema, node) as GraphQLInputType | undefined;
    const name = variable.name.value;
    return {
      name,
      coerce: isInputType(type) && !(name in INHERITED) ? coercerOf(type) : () => NOT_COERCED,
      isOptional: isNullableType(type) && defaultValue === undefined,
    };
  });
}

/**
 * The arguments of `execute` for a mutation, with variables that are coerced already. Unchanged for variables that graphql-js must
 * coerce, and for other operations: in those, a type can be asked for by its name.
 */
export function withCoercedVariables<Args extends ExecutionArgs>(args: Args): Args {
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.MUTATION) return args;
  const coerced = validVariables(schema, operation, variableValues ?? {});
  return coerced ? { ...args, schema: acceptingCoerced(schema), variableValues: coerced } : args;
}

/** The schema, with input types that accept any value. `execute` finds the types of variables in it by their names, and no others. */
const acceptingCoerced = oncePer((schema: GraphQLSchema): GraphQLSchema => {
  const accepting = new Map(
    Object.values(schema.getTypeMap())
      .filter(isInputType)
      .map(({ name }) => [name, new GraphQLScalarType({ name })]),
  );
  const getType: GraphQLSchema['getType'] = (name) => accepting.get(name) ?? schema.getType(name);
  return Object.create(schema, { getType: { value: getType } }) as GraphQLSchema;
});

import {
  getNullableType,
  isLeafType,
  typeFromAST,
  type GraphQLLeafType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';

/** A variable that is a scalar or an enum. */
interface Leaf {
  readonly name: string;
  readonly type: GraphQLLeafType;
}

/** By operation. Undefined for one with other variables. */
const known = new WeakMap<OperationDefinitionNode, readonly Leaf[] | undefined>();

/**
 * The values of the variables of an operation, as `getVariableValues` of graphql-js coerces them, which finds out the type of each
 * variable for each request. Undefined when one is refused.
 */
export function coercedVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  if (!known.has(operation)) known.set(operation, leavesOf(schema, operation));
  const leaves = known.get(operation);
  return (
    (leaves && coercedLeaves(leaves, given)) ??
    getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 1 }).coerced
  );
}

function leavesOf(schema: GraphQLSchema, operation: OperationDefinitionNode): readonly Leaf[] | undefined {
  const leaves: Leaf[] = [];
  for (const { variable, type: node } of operation.variableDefinitions ?? []) {
    const type = getNullableType(typeFromAST(schema, node as never));
    if (!isLeafType(type)) return undefined;
    leaves.push({ name: variable.name.value, type });
  }
  return leaves;
}

/** Undefined unless all have a value of their type. */
function coercedLeaves(
  leaves: readonly Leaf[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const coerced: Record<string, unknown> = {};
  for (const { name, type } of leaves) {
    if (!Object.hasOwn(given, name)) return undefined;
    const value = valueOf(type, given[name]);
    if (value === undefined) return undefined;
    coerced[name] = value;
  }
  return coerced;
}

function valueOf(type: GraphQLLeafType, given: unknown): unknown {
  if (given == null) return undefined;
  try {
    return type.parseValue(given);
  } catch {
    return undefined; // graphql-js reports it
  }
}

import { execute, Kind, type ExecutionArgs, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { NotCompiled } from './not-compiled';

/**
 * The values of the root fields of a query that are not compiled: the executor carries out the same operation with their nodes alone.
 *
 * @returns JSON text by key
 * @throws NotCompiled if a field has an error
 */
export async function remainingFields(
  args: ExecutionArgs,
  operation: OperationDefinitionNode,
  nodes: readonly FieldNode[],
): Promise<ReadonlyMap<string, string>> {
  const derived = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } } as const;
  const definitions = args.document.definitions.map((each) => (each === operation ? derived : each));
  const { data, errors } = await execute({ ...args, document: { ...args.document, definitions } });
  if (errors || !data) throw new NotCompiled('an error');
  return new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]));
}

import { getOperationAST, type DocumentNode, type GraphQLSchema } from 'graphql';
import { measureOperation } from '../../src/platform/operation/limits';

/** Cost of an operation. 0 if the document has no such operation, or if it is ambiguous. */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
  variables?: Record<string, unknown> | null,
): number {
  const operation = getOperationAST(document, operationName);
  return operation ? measureOperation(schema, document, operation, variables).cost : 0;
}

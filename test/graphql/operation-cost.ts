import { getOperationAST, type DocumentNode, type GraphQLSchema } from 'graphql';
import { knownMeasures } from '../../src/platform/operation/known-measures';
import { measureOperation } from '../../src/platform/operation/limits';

/** Cost of an operation. 0 if the document has no such operation, or if it is ambiguous. */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
  variables?: Record<string, unknown> | null,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const measures = measureOperation(schema, document, operation, variables);
  // What is kept of other values changes nothing.
  for (const others of otherValues(variables ?? {})) knownMeasures(schema, document, operation, others);
  for (const _time of ['first', 'second'])
    expect(knownMeasures(schema, document, operation, variables)).toEqual(measures);
  return measures.cost;
}

/** Variables of which one has another value, or none. */
function* otherValues(variables: Readonly<Record<string, unknown>>): Generator<Record<string, unknown>> {
  yield {};
  for (const name of Object.keys(variables))
    for (const value of [undefined, null, 1, 7, true, false, 'LOST', ['1', '2'], { ids: ['1', '2', '3'] }])
      yield { ...variables, [name]: value };
}

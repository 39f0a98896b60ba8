import { buildSchema, getOperationAST, parse } from 'graphql';
import { knownMeasures } from '../../src/platform/operation/known-measures';
import { measureOperation } from '../../src/platform/operation/limits';
import { schema } from './limits.schema';

/** That kept measures are those that would be measured is checked by all tests of costs, see `operationCost`. */

function measuresOf(source: string) {
  const document = parse(source);
  const operation = getOperationAST(document)!;
  return (variables: Record<string, unknown>) => {
    const known = knownMeasures(schema, document, operation, variables);
    expect(known).toEqual(measureOperation(schema, document, operation, variables));
    return known;
  };
}

it('are the same for all values of a scalar argument', () => {
  const of = measuresOf('query ($id: ID!) { node(id: $id) { id } }');
  expect(of({ id: '7' })).toBe(of({ id: '1' }));
  expect(of({ id: ['many', 'ids'] })).toBe(of({ id: '1' }));
});

it('differ by page sizes, conditions and lists, also in fragments', () => {
  const of =
    measuresOf(`query ($first: Int = 3, $with: Boolean!, $ids: [ID!]!) { devices(first: $first) { ...page } nodes(ids: $ids) { id } }
    fragment page on DeviceConnection { nodes { site @include(if: $with) { id } } }`);
  const costs = [
    { with: true, ids: [] },
    { with: false, ids: [] },
    { first: 50, with: true, ids: [] },
    { first: 50, with: true, ids: ['1', '2', '3'] },
    { first: 50, with: true, ids: ['1'] },
    { first: 50, with: false, ids: ['1'] },
  ].map((variables) => of(variables).cost);
  expect(new Set(costs).size).toBe(costs.length);
});

it('are kept for a few values', () => {
  const of = measuresOf('query ($first: Int) { devices(first: $first) { nodes { id } } }');
  const first = of({ first: 10 });
  expect(of({ first: 10 })).toBe(first);
  for (let size = 20; size < 40; size += 1) of({ first: size });
  expect(of({ first: 10 })).not.toBe(first);
});

const LENGTH = buildSchema('type Query { chart(days: Int, name: String): [Point] } type Point { id: ID }');
LENGTH.getQueryType()!.getFields().chart!.extensions = { length: ({ days }: { days: number }) => days };

it('differ by arguments that tell the length of a list', () => {
  const document = parse('query ($days: Int) { chart(days: $days) { id } }');
  const operation = getOperationAST(document)!;
  const costOf = (days: number) => knownMeasures(LENGTH, document, operation, { days }).cost;
  expect([costOf(10), costOf(100), costOf(10)]).toEqual([11, 110, 11]);
});

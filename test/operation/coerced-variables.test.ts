import { buildSchema, GraphQLError, parse, type OperationDefinitionNode } from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { coercedVariables } from '../../src/platform/operation/coerced-variables';

const schema = buildSchema(
  'enum Color { RED } input In { a: Int } type Query { x(i: Int, n: ID!, c: Color, o: In, l: [Int!]): Int }',
);

const VALUES = [
  undefined,
  null,
  1,
  1.5,
  0,
  -1,
  2 ** 31,
  '',
  '7',
  'RED',
  'BLUE',
  true,
  [],
  [1],
  [null],
  {},
  { a: 1 },
  { b: 1 },
];

it.each([
  'query',
  'query ($v: ID!)',
  'query ($v: ID)',
  'query ($v: Int)',
  'query ($v: Int! = 3)',
  'query ($v: Int = null)',
  'query ($v: Float!)',
  'query ($v: Boolean)',
  'query ($v: String)',
  'query ($v: Color!)',
  'query ($v: Color = RED)',
  'query ($v: In)',
  'query ($v: [Int!])',
  'query ($v: ID!, $w: Int = 5, $u: Color)',
])('variables of %s are those of graphql-js', (head) => {
  const operation = parse(`${head} { __typename }`).definitions[0] as OperationDefinitionNode;
  for (const v of VALUES)
    for (const w of [undefined, null, 4])
      for (const u of [undefined, 'RED', 'GREEN']) {
        const given = JSON.parse(JSON.stringify({ v, w, u, other: 1 })) as Record<string, unknown>;
        const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, {
          maxErrors: 1,
        });
        expect([given, coercedVariables(schema, operation, given)]).toEqual([given, errors ? undefined : coerced]);
      }
});

it('what a scalar throws is a refusal', () => {
  const operation = parse('query ($v: Int!) { __typename }').definitions[0] as OperationDefinitionNode;
  const refuse = () => {
    throw new GraphQLError('no');
  };
  const scalar = schema.getType('Int') as { parseValue: unknown };
  const { parseValue } = scalar;
  scalar.parseValue = refuse;
  expect(coercedVariables(schema, operation, { v: 1 })).toBeUndefined();
  scalar.parseValue = parseValue;
  expect(coercedVariables(schema, operation, { v: 1 })).toEqual({ v: 1 });
});

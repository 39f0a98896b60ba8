import fc from 'fast-check';
import {
  execute,
  GraphQLEnumType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  type ExecutionArgs,
  type GraphQLInputType,
  type OperationDefinitionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { buildGatewaySchema } from '../../src/features';
import { withCoercedVariables } from '../../src/platform/operation/coerced-variables';

const SCHEMA = buildGatewaySchema();

const NOTHING = Symbol('no member');
const JUNK = fc.constantFrom<unknown[]>(null, '', 'x', 1.5, -1, 2 ** 40, true, [], {}, [1], { a: 1 }, NOTHING);

const LEAVES: Readonly<Record<string, readonly unknown[]>> = {
  Int: [0, 7, -3],
  Float: [0.5, 120, -1e9],
  Boolean: [true, false],
  String: ['', 'a text', '\ud800'],
  ID: ['1', 7, 'RGV2aWNlOjE='],
  DateTime: ['2026-03-08T07:30:00Z', '2026-03-08T02:30:00.123-05:00', 'yesterday'],
  Date: ['2026-03-08', '0000-01-01'],
  TimeZone: ['America/New_York', 'AST'],
};

/** Values as clients send them. @param faults how many of a thousand values are replaced by another */
function valuesOf(type: GraphQLInputType, faults: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return valuesOf(type.ofType, faults);
  const valid = (): fc.Arbitrary<unknown> => {
    if (isListType(type)) {
      const item = valuesOf(type.ofType, faults);
      return fc.oneof(
        { weight: 1_000, arbitrary: fc.array(item, { maxLength: 3 }) },
        { weight: faults, arbitrary: item },
      );
    }
    if (!isInputObjectType(type))
      return fc.constantFrom(...(isEnumType(type) ? type.getValues().map(({ name }) => name) : LEAVES[type.name]!));
    const members = Object.values(type.getFields()).map(({ name, type: inner }) => {
      const given = valuesOf(inner, faults);
      const missing = isNonNullType(inner) ? faults : 1_000;
      return fc
        .oneof({ weight: 1_000, arbitrary: given }, { weight: missing, arbitrary: fc.constantFrom(NOTHING, null) })
        .map((value) => [name, value] as const);
    });
    const unknown = fc.oneof(
      { weight: 1_000, arbitrary: fc.constant(NOTHING) },
      { weight: faults, arbitrary: fc.constantFrom(1, null) },
    );
    return fc
      .tuple(
        unknown.map((value) => ['unknown', value] as const),
        ...members,
      )
      .map((all) => Object.fromEntries(all.filter(([, value]) => value !== NOTHING)));
  };
  return fc.oneof({ weight: 1_000, arbitrary: fc.constant(null).chain(valid) }, { weight: faults, arbitrary: JUNK });
}

/** Of `execute`, with what a client sent. Undefined when graphql-js must coerce it. */
function quicklyCoerced(args: ExecutionArgs): Readonly<Record<string, unknown>> | undefined {
  const changed = withCoercedVariables(args);
  return changed === args ? undefined : changed.variableValues!;
}

/** Also shows the order of members and the classes of values. */
const shown = (value: unknown) =>
  JSON.stringify(value, (_key, one: unknown) => (one === undefined ? 'undefined' : one));

describe.each(Object.values(SCHEMA.getMutationType()!.getFields()))(
  'variables of $name',
  ({ name, args: [argument] }) => {
    const { type } = argument!;
    const document = parse(`mutation ($input: ${String(type)}) { ${name}(input: $input) { __typename } }`);
    const { variableDefinitions } = document.definitions[0] as OperationDefinitionNode;

    it.each([0, 15])('are those of graphql-js, with faults in %d of 1,000', (faults) => {
      const counts = { quick: 0, left: 0 };
      fc.assert(
        fc.property(valuesOf(type, faults), (value) => {
          const variableValues = JSON.parse(JSON.stringify({ input: value ?? null })) as Record<string, unknown>;
          const sent = shown(variableValues);
          const { coerced, errors } = getVariableValues(SCHEMA, variableDefinitions!, variableValues);
          const quick = quicklyCoerced({ schema: SCHEMA, document, variableValues });
          expect(shown(variableValues)).toBe(sent);
          if (quick) {
            expect({ sent, errors }).toEqual({ sent, errors: undefined });
            expect(quick).toStrictEqual(coerced);
            expect(shown(quick)).toBe(shown(coerced));
            counts.quick += 1;
          } else if (errors || faults > 0) counts.left += 1;
          else throw new Error(`graphql-js had to coerce ${sent}.`);
        }),
        { numRuns: 40, seed: 7 },
      );
      expect(counts.quick).toBeGreaterThan(faults === 0 ? 39 : 5);
    });
  },
);

it('does not coerce a value twice', async () => {
  const color = new GraphQLEnumType({ name: 'Color', values: { RED: { value: 'GREEN' }, GREEN: { value: 'blue' } } });
  const seen: unknown[] = [];
  const field = {
    type: color,
    args: { color: { type: color }, other: { type: color, defaultValue: 'blue' } },
    resolve: (_root: unknown, args: object) => {
      seen.push(args);
      return 'blue';
    },
  };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: { paint: field } }),
  });
  const run = async (text: string, variableValues: Record<string, unknown>) => {
    const args = { schema, document: parse(text), variableValues };
    const result = await execute(withCoercedVariables(args));
    expect(result).toEqual(await execute(args));
    expect(seen[0]).toEqual(seen[1]);
    return { result, args: seen.splice(0)[0] };
  };
  const both = 'mutation ($c: Color!, $o: Color) { paint(color: $c, other: $o) ...on Mutation { __typename } }';
  expect(await run(both, { c: 'RED', o: 'GREEN' })).toEqual({
    result: { data: { paint: 'GREEN', __typename: 'Mutation' } },
    args: { color: 'GREEN', other: 'blue' },
  });
  expect((await run(both, { c: 'RED' })).args).toEqual({ color: 'GREEN', other: 'blue' });
  expect((await run(both, { c: 'RED', o: null })).args).toEqual({ color: 'GREEN', other: null });
  expect((await run('mutation ($c: Color = RED) { paint(color: $c) }', {})).args).toMatchObject({ color: 'GREEN' });
  expect((await run(both, { c: 'BROWN' })).result.errors).toHaveLength(1);
  const proto = 'mutation ($__proto__: Color) { paint(color: $__proto__) }';
  expect((await run(proto, JSON.parse('{"__proto__":"RED"}') as Record<string, unknown>)).args).toMatchObject({
    color: 'GREEN',
  });
});

it('leaves the types of a query as they are', () => {
  const args = {
    schema: SCHEMA,
    document: parse('query ($n: String!) { __type(name: $n) { name } }'),
    variableValues: { n: 'Int' },
  };
  expect(withCoercedVariables(args)).toBe(args);
});

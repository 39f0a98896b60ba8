import {
  getIntrospectionQuery,
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type GraphQLInterfaceType,
} from 'graphql';
import { assertCost, DEFAULT_LIMITS, measureOperation } from '../../src/platform/operation/limits';
import { operationCost } from './operation-cost';
import { countVisits } from './counted-selections';
import { schema } from './limits.schema';

/** The cost of a document that is valid, except for the limits. */
function cost(source: string, variables?: Record<string, unknown>, operationName?: string): number {
  const document = parse(source);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  return operationCost(schema, document, operationName, variables);
}

/** The cost is rounded up to a whole number. */
const rounded = (objects: number): number => Math.ceil(Math.round(objects * 10) / 10);

/** The cost of a page of nodes with one scalar. */
const page = (nodes: number): number => rounded(1 + nodes * 1.1);

/** Costs are added in tenths. */
const MOST = Math.ceil(Number.MAX_SAFE_INTEGER / 10);

const many = (count: number, item: unknown = '1') => Array.from({ length: count }, () => item);

describe('operationCost', () => {
  it.each([
    ['a scalar costs a tenth', '{ version a: version b: __typename }', 0.3],
    ['an object costs 1', '{ device { id serial site { name } } }', 2.3],
    ['a list of scalars counts as 10', '{ device { labels } }', 1 + 10 * 0.1],
    [
      'a fragment counts wherever it is spread',
      '{ a: device { ...D } b: device { ...D } } fragment D on Device { id site { id } }',
      2 * 2.2,
    ],
    ['a list of unknown length counts as 10', '{ device { identifiers { value } } }', 1 + 10 * 1.1],
    ['a connection without a page size counts as 20', '{ devices { nodes { id } } }', 1 + 20 * 1.1],
    ['a page counts as its size', '{ devices(first: 7) { nodes { id } } }', 1 + 7 * 1.1],
    ['a page from the end counts as its size', '{ devices(last: 7) { nodes { id } } }', 1 + 7 * 1.1],
    ['an empty page counts as 0', '{ devices(first: 0) { nodes { id } } }', 1],
    ['a null size counts as the default', '{ devices(first: null) { nodes { id } } }', 1 + 20 * 1.1],
    ['a negative size counts as the default', '{ devices(first: -1) { nodes { id } } }', 1 + 20 * 1.1],
    ['an edge costs 1 plus its node', '{ devices(first: 7) { edges { cursor node { id } } } }', 1 + 7 * 2.2],
    ['pageInfo counts once per page', '{ devices(first: 7) { pageInfo { hasNextPage } } }', 1 + 1.1],
    [
      'a list in a filter is not a length, and each of its items costs a tenth',
      '{ devices(first: 7, status: ["A", "B"]) { nodes { id } } }',
      1 + 7 * 1.1 + 2 * 0.1,
    ],
    [
      'nested pages multiply',
      '{ devices(first: 7) { nodes { associations(first: 3) { nodes { id } } } } }',
      1 + 7 * (2 + 3 * 1.1),
    ],
    [
      'a paged list without a connection counts as its page size',
      '{ device { history(first: 7) { device { id } } } }',
      1 + 7 * 2.1,
    ],
    ['a default size in the schema counts', '{ device { history { device { id } } } }', 1 + 5 * 2.1],
    [
      'a list counts as the length of its list argument',
      '{ nodes(ids: [1, 1, 1]) { id ... on Device { site { id } } } }',
      3 * (0.1 + 2.2),
    ],
    [
      'an abstract type costs as much as its most expensive type',
      '{ node(id: 1) { ... on Device { site { id } } ... on Site { id } } }',
      1 + 1.1,
    ],
    [
      'fragments on the same type add up',
      '{ node(id: 1) { ... on Device { site { id } } ...N } } fragment N on Node { ... on Device { patient { id } } }',
      1 + 2 * 1.1,
    ],
    [
      'only the fragments that apply to a type count',
      '{ node(id: 1) { ... on Reading { d: device { id } } ... on Association { device { id } patient { id } } } }',
      1 + 2 * 1.1,
    ],
    [
      'a mutation costs as much as ten reads',
      'mutation { associateDevice(input: { deviceId: 1 }) { device { site { id } } } }',
      10 + 2.1,
    ],
    [
      'a subscription costs as much as one event',
      'subscription { deviceChanged { note device { site { id } } } }',
      3.2,
    ],
  ])('%s', (_, source, expected) => {
    expect(cost(source)).toBe(rounded(expected));
  });

  it('counts a mutation once for each item that it writes, and its returned lists with that length', () => {
    const source = (readings: string): string =>
      `mutation ($input: ReadingsInput!) { recordReadings(input: ${readings}) { results { device { id } } } }`;
    const readings = Array.from({ length: 50 }, () => ({ value: 1 }));
    expect(cost(source('$input'), { input: { readings } })).toBe(50 * (10 + 0.1 + 2.1));
    const literal = `{ readings: [${'{ value: 1 } '.repeat(50)}] }`;
    expect(cost(source(literal).replace('($input: ReadingsInput!)', ''))).toBe(50 * (10 + 0.1 + 2.1));
  });

  describe('page sizes from variables', () => {
    const source = 'query ($size: Int) { devices(first: $size) { nodes { id } } }';
    const withDefault = source.replace('Int', 'Int = 7');

    it.each([
      ['a value', 7, 7],
      ['the largest page', 100, 100],
      ['more than the largest page, which is refused later', 101, 100],
      ['far more', 1e9, 100],
      ['infinite', Infinity, 20],
      ['not a number', NaN, 20],
      ['negative', -5, 20],
      ['null', null, 20],
      ['text', '50', 20],
      ['a list', [50], 20],
    ])('%s', (_, size, nodes) => {
      expect(cost(source, { size })).toBe(page(nodes));
    });

    it('an omitted variable has its default, a null variable does not', () => {
      expect(cost(withDefault)).toBe(page(7));
      expect(cost(withDefault, {})).toBe(page(7));
      expect(cost(withDefault, { size: 9 })).toBe(page(9));
      expect(cost(withDefault, { size: null })).toBe(page(20));
      expect(cost(source)).toBe(page(20));
    });

    it('a variable may have the name of a property of Object.prototype', () => {
      const odd = (name: string): string => source.replaceAll('$size', `$${name}`);
      expect(cost(odd('constructor').replace('Int', 'Int = 7'), {})).toBe(page(7));
      expect(cost(odd('__proto__'), JSON.parse('{ "__proto__": 7 }') as Record<string, unknown>)).toBe(page(7));
    });
  });

  it('uses the length of a list in a variable or in its default', () => {
    const source = 'query ($ids: [ID!]! = [1, 2]) { nodes(ids: $ids) { id } }';
    expect(cost(source, { ids: many(30) })).toBe(36);
    expect(cost(source)).toBe(rounded(2 * 1.2));
    expect(cost('query ($id: ID!) { nodes(ids: [$id, $id]) { id } }', { id: '1' })).toBe(rounded(2 * 1.2));
  });

  it('omits selections that @skip and @include exclude, with literals, variables and defaults', () => {
    const source = `query ($yes: Boolean! = true, $no: Boolean! = false) {
      a: device @skip(if: true) { id }
      b: device @skip(if: $yes) { id }
      c: device @include(if: $no) { id }
      d: device @include(if: $yes) @skip(if: $no) { id }
      ...F @skip(if: $yes)
      ... @include(if: $no) { e: device { id } }
    } fragment F on Query { f: device { id } }`;
    expect(cost(source)).toBe(rounded(1.1));
    expect(cost(source, { yes: false, no: true })).toBe(rounded(4 * 1.1));
  });

  it('includes selections that depend on a missing variable', () => {
    expect(cost('query ($yes: Boolean!) { device @include(if: $yes) { id site @skip(if: $yes) { id } } }')).toBe(
      rounded(2.2),
    );
  });

  it('counts only the named operation, and 0 if there is none', () => {
    const source = 'query A { device { id } } query B { devices(first: 7) { nodes { id } } }';
    expect(cost(source, {}, 'A')).toBe(rounded(1.1));
    expect(cost(source, {}, 'B')).toBe(page(7));
    expect(cost(source, {}, 'C')).toBe(0);
    expect(cost(source)).toBe(0);
  });

  it('accepts an invalid document', () => {
    const source =
      '{ nowhere { id } device { nowhere ...F ... on Nowhere { site { id } } } ...F } fragment F on Query { ...F device { id } }';
    expect(operationCost(schema, parse(source), null, null)).toBe(rounded(1 + 1.1));
  });

  it('is exact up to the largest safe integer, and visits each selection set once', () => {
    const open = 'devices(first: 100) { nodes { site { ';
    const pages = (levels: number): string => `{ ${open.repeat(levels)} id ${'} } } '.repeat(levels)} }`;
    expect(cost(pages(1))).toBe(1 + 100 * 2.1);
    expect(cost(pages(2))).toBe(1 + 100 * (2 + 211));
    expect(cost(pages(300))).toBe(MOST);
    const bomb = Array.from(
      { length: 200 },
      (_, i) => `fragment F${i} on Device { site { devices(first: 100) { nodes { ...F${i + 1} ...F${i + 1} } } } }`,
    );
    const source = `{ device { ...F0 } } ${bomb.join(' ')} fragment F200 on Device { site { id } }`;
    expect(visited(pages(300))).toEqual({ cost: MOST, visits: 1 + 3 * 300 });
    expect(visited(source)).toEqual({ cost: MOST, visits: 2 + 4 * 200 + 2 });
  });

  it('visits selections below an interface once for each of its types, at any depth', () => {
    const levels = 30; // 3 ^ 30 visits otherwise
    const nested = `${'latestReading { device { '.repeat(levels)} id ${'} } '.repeat(levels)}`;
    const types = schema.getPossibleTypes(schema.getType('Reading') as GraphQLInterfaceType).length;
    expect(types).toBeGreaterThan(1);
    expect(cost(`{ device { ${nested} } }`)).toBe(rounded(1.1 + 2 * levels));
    expect(visited(`{ device { ${nested} } }`)).toEqual({
      cost: rounded(1.1 + 2 * levels),
      visits: 2 + levels * (types + 1),
    });
  });

  /** The cost of a document, and the number of visited selection sets. */
  function visited(source: string): { cost: number; visits: number } {
    const { document, visits } = countVisits(source);
    return { cost: measureOperation(schema, document, getOperationAST(document)!, null).cost, visits: visits() };
  }

  it('is low for the standard introspection query, and high for repeated introspection', () => {
    expect(cost(getIntrospectionQuery())).toBeLessThan(DEFAULT_LIMITS.maxCost / 10);
    const many = Array.from({ length: 30 }, (_, i) => `t${i}: types { fields { type { fields { name } } } }`).join(' ');
    expect(cost(`{ __schema { ${many} } }`)).toBeGreaterThan(DEFAULT_LIMITS.maxCost);
  });
});

describe('assertCost', () => {
  const refusal = (source: string, maxCost: number, variables?: Record<string, unknown>): unknown => {
    try {
      assertCost(operationCost(schema, parse(source), null, variables), { ...DEFAULT_LIMITS, maxCost });
    } catch (error) {
      if (error instanceof GraphQLError) return error.toJSON();
      throw error;
    }
    return undefined;
  };

  it('accepts an operation with the maximum cost and refuses a higher cost', () => {
    const source = 'query ($size: Int) { devices(first: $size) { nodes { id } } }';
    expect(refusal(source, 56, { size: 50 })).toBeUndefined();
    expect(refusal(source, 56, { size: 51 })).toEqual({
      message: 'Operation exceeds the limit of cost: 58 found, at most 56 allowed.',
      extensions: { code: 'OPERATION_TOO_COMPLEX' },
    });
  });

  const device = 'id serial site { name } patient { name }';
  it.each([
    [
      'a status board',
      '{ devices(first: 50) { nodes { id site { id } patient { id } currentAssociation { id } } } }',
      1 + 50 * (1.1 + 3 * 1.1),
    ],
    [
      'devices with their history',
      `{ devices(first: 100) { nodes { history(first: 10) { device { ${device} } } } } }`,
      1 + 100 * (1 + 10 * (1 + 3 + 0.4)),
    ],
    [
      "a patient's page",
      `{ node(id: 1) { ... on Patient { devices { nodes { ${device} identifiers { value } } }
        associations { nodes { device { ${device} } } } } } }`,
      1 + (1 + 20 * (3.4 + 10 * 1.1)) + (1 + 20 * (1 + 3.4)),
    ],
    [
      'two full pages',
      '{ devices(first: 100) { nodes { associations(first: 100) { nodes { id } } } } }',
      1 + 100 * (2 + 100 * 1.1),
    ],
  ])('accepts %s by default', (_, source, expected) => {
    expect(cost(source)).toBe(rounded(expected));
    expect(refusal(source, DEFAULT_LIMITS.maxCost)).toBeUndefined();
  });

  it('refuses three nested full pages by default', () => {
    const source = `{ devices(first: 100) { nodes { associations(first: 100) { nodes { patient {
      associations(first: 100) { nodes { id } } } } } } } }`;
    expect(refusal(source, DEFAULT_LIMITS.maxCost)).toMatchObject({
      message: `Operation exceeds the limit of cost: ${1 + 100 * (2 + 100 * (3 + 110))} found, at most 30000 allowed.`,
    });
  });
});

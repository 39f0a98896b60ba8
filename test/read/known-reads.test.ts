import { getOperationAST, parse, type DocumentNode } from 'graphql';
import { createCaller } from '../../src/platform/access/caller';
import { Role } from '../../src/platform/access/policy';
import { KnownReads } from '../../src/platform/read/known-reads';
import { CALLERS, ComparedReads } from './compared-reads';

/** A statement that was compiled for one node is carried out for others, and for no other caller, role or variables. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());
afterEach(() => jest.restoreAllMocks());

/** Of customer 1 and of customer 2; `1` is also the id of a customer. The others are read by their global id, or are none. */
const IDS = ['1', '7', '1500', '999999', 'RGV2aWNlOjc', 'U2l0ZTox', '07', '9223372036854775808', 'x'];

const device = (selection: string, variables = '') =>
  `query ($id: ID!${variables}) { device(id: $id) { id version ${selection} } }`;

it.each([
  ['columns and links', device('site { id name } patient { id }'), [{}]],
  [
    'another variable',
    device(
      'site @include(if: $deep) { id } readings(first: $first) { nodes { id } }',
      ', $deep: Boolean!, $first: Int = 3',
    ),
    [
      { deep: true },
      { deep: false },
      { deep: true, first: 1 },
      { deep: true, first: 2 },
      { deep: true, first: null },
      {},
    ],
  ],
  [
    'a variable that is used twice',
    'query ($id: ID!) { device(id: $id) { id } other: device(id: $id) { version } }',
    [{}],
  ],
  ['an alias', 'query ($id: ID!) { mine: device(id: $id) { own: id } }', [{}]],
  ['another field', 'query ($id: ID!) { patient(id: $id) { id lastName } }', [{}]],
])('%s: each response is that of the executor, for all callers and ids in turn', async (_name, query, others) => {
  const get = jest.spyOn(KnownReads.prototype, 'get');
  for (const other of others)
    for (const id of IDS)
      for (const caller of CALLERS) {
        const { expected, found } = await reads.both({ query, variables: { id, ...other } }, caller);
        expect(found).toEqual(expected);
      }
  const isKept = !query.includes('other:');
  expect(get.mock.results.some(({ value }) => value !== undefined)).toBe(isKept);
});

it('ids that are numbers are read, too', async () => {
  const query = device('site { id }');
  for (const id of [1, 7, 1500, null]) {
    const { expected, found } = await reads.both({ query, variables: { id } });
    expect(found).toEqual(expected);
  }
});

it('a statement that was compiled for a node is carried out with another id and the same customer', async () => {
  const query = device('serialNumber: version');
  const values: (readonly unknown[])[] = [];
  for (const id of ['1', '7', '8']) {
    await reads.both({ query, variables: { id } });
    values.push(reads.app.statements.findLast(({ text }) => text.startsWith('/* read_device */'))!.values);
  }
  const customerId = '1';
  expect(values.map((sent) => sent.filter((value) => /^\d+$/.test(String(value))))).toEqual([
    [customerId, '1'],
    [customerId, '7'],
    [customerId, '8'],
  ]);
});

describe('the key of a read', () => {
  const keys = new KnownReads();
  const keyOf = (
    source: string,
    role: Role = Role.ADMIN,
    customerId = '1',
    variables: Record<string, unknown> = { id: '7' },
  ) => {
    const document = documents.get(source) ?? parse(source);
    documents.set(source, document);
    const caller = createCaller(role, customerId, { kind: 'API_KEY', label: 'A key', apiKeyId: '1' }, null);
    return keys.keyOf(caller, document, getOperationAST(document)!, variables)?.text;
  };
  const documents = new Map<string, DocumentNode>();
  const ONE = 'query ($id: ID!, $first: Int) { device(id: $id) { id readings(first: $first) { nodes { id } } } }';

  it('is the same for all ids, and for all keys of a role of a customer', () => {
    expect(keyOf(ONE, Role.ADMIN, '1', { id: '8' })).toBe(keyOf(ONE));
  });

  it('differs by operation, role, customer and other variables', () => {
    const different = [
      keyOf(ONE),
      keyOf(`${ONE} `),
      keyOf(ONE, Role.READ_ONLY),
      keyOf(ONE, Role.ADMIN, '2'),
      ...[null, 1, '1', 11, [1]].map((first) => keyOf(ONE, Role.ADMIN, '1', { id: '7', first })),
    ];
    expect(new Set(different).size).toBe(different.length);
    expect(different).not.toContain(undefined);
  });

  it.each([
    'query ($id: ID!) { device(id: $id) { id readings(filter: { deviceIds: [$id] }) { nodes { id } } } }',
    'query ($id: ID!) { device(id: $id) { ...more } } fragment more on Device { readings(filter: { deviceIds: [$id] }) { nodes { id } } }',
    '{ device(id: "7") { id } }',
    'query ($id: ID!) { device(id: $id) { id } version }',
    'query ($id: ID!) { device(id: $id) @include(if: true) { id } }',
    'query ($id: ID!) { ...all } fragment all on Query { device(id: $id) { id } }',
  ])('there is none for %s', (source) => {
    expect(keyOf(source)).toBeUndefined();
  });

  it('there is none for long values', () => {
    expect(keyOf(ONE, Role.ADMIN, '1', { id: '7', first: 'x'.repeat(1_000) })).toBeUndefined();
  });
});

import { getOperationAST, parse, type DocumentNode } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { createCaller } from '../../src/platform/access/caller';
import { Role } from '../../src/platform/access/policy';
import { KeptPlans } from '../../src/platform/read/kept-plans';
import { CALLERS, ComparedReads } from './compared-reads';

/** An operation is compiled once, for all customers: each gets the response of the executor, whoever it was compiled for. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());
afterEach(() => jest.restoreAllMocks());

/** Of customer 1 and of customer 2; `1` is also the id of a customer. The others are read by their global id, or are none. */
const IDS = ['1', '7', '1500', '999999', 'RGV2aWNlOjc', 'U2l0ZTox', '07', '9223372036854775808', 'x'];
const ids = (others: object = {}) => IDS.map((id) => ({ id, ...others }));

const device = (selection: string, variables = '') =>
  `query ($id: ID!${variables}) { device(id: $id) { id version ${selection} } }`;

const SORTED = `query ($sort: PatientSort, $first: Int, $last: Int) { patients(sort: $sort, first: $first, last: $last) {
  edges { cursor node { id lastName } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;
const FILTERED = `query ($filter: DeviceFilter, $search: String, $first: Int = 3) {
  devices(filter: $filter, search: $search, first: $first) { totalCount nodes { id currentStatus site { name } } } }`;
const BELOW = `query ($filter: SiteDeviceFilter, $first: Int, $last: Int, $deep: Boolean = true) { sites(first: 4) { nodes { id
  devices(filter: $filter, first: $first, last: $last) @include(if: $deep) { totalCount pageInfo { hasNextPage } edges { cursor node { id } } }
  deviceCounts(filter: $filter) @skip(if: $deep) { status count } } } }`;

const PAGES = [{}, { first: 2 }, { last: 2 }, { first: 0 }, { first: null }, { first: 5, last: 5 }, { first: 1000 }];
const FILTERS = [
  null,
  {},
  { statuses: [] },
  { statuses: ['LOST'] },
  { statuses: ['WITH_PATIENT', 'LOST'] },
  { statuses: ['AVAILABLE'], associated: false },
  { associated: true },
  { createdAt: { from: '2020-01-01T00:00:00Z' } },
  { createdAt: { to: '2020-01-01T00:00:00Z' } },
  { itemIds: ['1'] },
  { itemIds: ['x'] },
];

it.each<[name: string, query: string, variables: readonly object[]]>([
  ['a node', device('site { id name } patient { id }'), ids()],
  [
    'a node and another variable',
    device(
      'site @include(if: $deep) { id } readings(first: $first) { nodes { id } }',
      ', $deep: Boolean!, $first: Int = 3',
    ),
    [{ deep: true }, { deep: false }, { deep: true, first: 1 }, { deep: true, first: null }].flatMap(ids),
  ],
  [
    'a variable that is used for several things',
    'query ($id: ID!) { device(id: $id) { id } site(id: $id) { name } devices(first: 1, filter: { siteIds: [$id] }) { nodes { id } } }',
    ids(),
  ],
  [
    'an argument that chooses the rows',
    device('latestReading(kind: $kind) { id kind }', ', $kind: ReadingKind'),
    [{ id: '7' }, { id: '7', kind: 'WEIGHT' }, { id: '7', kind: 'BLOOD_PRESSURE' }, { id: '7', kind: null }],
  ],
  [
    'an argument of a computed field',
    `query ($id: ID!, $kind: ReadingKind!, $from: DateTime!) { patient(id: $id) { lastName
      readingTrend(kind: $kind, period: { from: $from, to: "2026-12-01T00:00:00Z" }, bucket: WEEK) { startsAt count } } }`,
    [
      { id: '55', kind: 'WEIGHT', from: '2026-10-01T00:00:00Z' },
      { id: '55', kind: 'BLOOD_PRESSURE', from: '2026-10-01T00:00:00Z' },
      { id: '56', kind: 'WEIGHT', from: '2026-11-01T00:00:00Z' },
      { id: '56', kind: 'WEIGHT', from: '2027-11-01T00:00:00Z' },
    ],
  ],
  [
    'sizes, directions and sorts of a page',
    SORTED,
    [undefined, { field: 'LAST_NAME', direction: 'DESC' }, { field: 'LATEST_READING_AT', direction: 'ASC' }].flatMap(
      (sort) => PAGES.map((page) => ({ sort, ...page })),
    ),
  ],
  [
    'filters and searches',
    FILTERED,
    [...FILTERS.map((filter) => ({ filter })), ...['', 'a', 'zz'].map((search) => ({ search })), {}],
  ],
  [
    'filters and pages below others',
    BELOW,
    [...FILTERS.map((filter) => ({ filter })), ...PAGES, ...FILTERS.map((filter) => ({ filter, deep: false }))],
  ],
])('%s: each response is that of the executor, for all callers in turn', async (_name, query, all) => {
  const get = jest.spyOn(KeptPlans.prototype, 'get');
  for (const variables of all)
    for (const caller of CALLERS) {
      const { expected, found } = await reads.both({ query, variables }, caller);
      expect({ caller, variables, ...found }).toEqual({ caller, variables, ...expected });
    }
  const kept = get.mock.results.filter(({ value }) => value !== undefined);
  expect(kept.length).toBeGreaterThanOrEqual(all.length);
});

it('cursors of pages are those of each customer and node', async () => {
  const query = `query ($id: ID!, $after: String, $before: String, $all: String) {
    patient(id: $id) { readings(first: 2, after: $after, before: $before) { nodes { takenAt } pageInfo { endCursor } } }
    devices(first: 2, after: $all) { nodes { id } pageInfo { endCursor hasPreviousPage } } }`;
  const cursorsOf = (text: string) => Array.from(text.matchAll(/"endCursor":"([^"]+)"/g), ([, cursor]) => cursor);
  for (const [caller, id] of [
    ['northside', '55'],
    ['lakeview', '2500'],
    ['operator', '55'],
  ] as const) {
    const [after, all] = cursorsOf((await reads.both({ query, variables: { id } }, caller)).found.text);
    for (const variables of [
      { id, after, all },
      { id, before: after },
      { id: '56', after },
      { id, after: all, all },
    ])
      for (const other of CALLERS) {
        const { expected, found } = await reads.both({ query, variables }, other);
        expect({ caller, other, variables, ...found }).toEqual({ caller, other, variables, ...expected });
      }
  }
});

it('one statement serves all customers, with the id of each', async () => {
  const query = `query ($first: Int) { devices(first: $first) { nodes { serialNumber: version } } }`;
  const sent: { text: string; customer: unknown }[] = [];
  for (const [caller, first] of [
    ['northside', 2],
    ['lakeview', 3],
    ['northside', 4],
  ] as const) {
    await reads.both({ query, variables: { first } }, caller);
    const { text, values, scope } = reads.app.statements.findLast((one) => one.text.startsWith('/* read_devices */'))!;
    expect(values).toContain((scope as { customerId: string }).customerId);
    expect(text).not.toContain(`customer_id = ${(scope as { customerId: string }).customerId}`);
    sent.push({ text, customer: (scope as { customerId: string }).customerId });
  }
  expect(sent.map(({ customer }) => customer)).toEqual(['1', '2', '1']);
  expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
});

describe('the key of a plan', () => {
  const plans = new KeptPlans(buildGatewaySchema());
  const documents = new Map<string, DocumentNode>();
  const keyOf = (source: string, variables: Record<string, unknown>, role: Role = Role.ADMIN, customerId = '1') => {
    const document = documents.get(source) ?? parse(source);
    documents.set(source, document);
    const caller = createCaller(
      role,
      role === Role.OPERATOR ? null : customerId,
      { kind: 'API_KEY', label: 'A key', apiKeyId: '1' },
      null,
    );
    return plans.keyOf(caller, document, getOperationAST(document)!, variables);
  };

  it.each<[string, readonly Record<string, unknown>[]]>([
    [device(''), [{ id: '7' }, { id: '8' }]],
    [
      FILTERED,
      [{}, { filter: { statuses: ['LOST'] } }, { filter: null, search: 'a' }, { filter: { associated: true } }].map(
        (given) => ({ first: 3, ...given }),
      ),
    ],
    [
      BELOW,
      [
        { deep: true, first: 2 },
        { deep: true, first: 3, filter: { associated: true } },
      ],
    ],
    [SORTED, [{ first: 2 }, { first: 3 }]],
  ])('is the same for all values in %s', (source, variables) => {
    expect(new Set(variables.map((given) => keyOf(source, given)))).toEqual(new Set([keyOf(source, variables[0]!)]));
    expect(keyOf(source, variables[0]!, Role.ADMIN, '2')).toBe(keyOf(source, variables[0]!));
  });

  it.each<[string, readonly Record<string, unknown>[]]>([
    [
      BELOW,
      [
        {},
        { deep: true },
        { deep: false },
        { first: 1 },
        { first: 0 },
        { first: null },
        { last: 1 },
        { first: 1, last: 1 },
      ],
    ],
    [
      SORTED,
      [
        {},
        { sort: null },
        { sort: { field: 'LAST_NAME', direction: 'ASC' } },
        { sort: { field: 'LAST_NAME', direction: 'DESC' } },
      ],
    ],
    [device('latestReading(kind: $kind) { id }', ', $kind: ReadingKind'), [{}, { kind: 'WEIGHT' }, { kind: null }]],
    [
      'query ($first: Int) { order(id: 1) { events(first: 1) { nodes { ... on Node { id } } } device { id ... on Device { readings(first: $first) { nodes { id } } } } } }',
      [{}, { first: 1 }, { first: 0 }],
    ],
  ])('differs by what decides the statement of %s', (source, variables) => {
    const keys = variables.flatMap((given) => [
      keyOf(source, given),
      keyOf(source, given, Role.READ_ONLY),
      keyOf(source, given, Role.OPERATOR),
      keyOf(`${source} `, given),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain(undefined);
  });

  it('there is none for long values that decide', () => {
    expect(keyOf(SORTED, { sort: 'x'.repeat(1_000) })).toBeUndefined();
  });

  it('plans are bounded by their size', () => {
    const small = new KeptPlans<{ bytes: number }>(buildGatewaySchema(), 40_000);
    const document = parse('{ __typename }');
    const operation = getOperationAST(document)!;
    const caller = createCaller(Role.ADMIN, '1', { kind: 'API_KEY', label: 'A key', apiKeyId: '1' }, null);
    small.keyOf(caller, document, operation, {});
    for (const key of ['a', 'b', 'c', 'd']) small.keep(caller, operation, key, { bytes: 3_000 });
    expect(['a', 'b', 'c', 'd'].map((key) => small.get(key) !== undefined)).toEqual([false, false, true, true]);
  });
});

import type { GraphQLField } from 'graphql';
import { hasResolver } from '../../src/platform/operation/metered-fields';
import { buildGatewaySchema } from '../../src/features';
import { readExamples } from '../support/tour';
import type { TestApp } from '../support/test-app';
import { CALLERS, ComparedReads } from './compared-reads';
import { PAGED, randomFrom, RandomQueries } from './random-queries';

/** Each read gives the same response, byte by byte, whether PostgreSQL writes its JSON text or the executor makes it. */

type Field = GraphQLField<unknown, unknown>;
type Source = { readonly kind: string } | undefined;
const KINDS: ReadonlySet<string | undefined> = new Set([
  'column',
  'globalId',
  'link',
  'list',
  'node',
  'children',
  'computed',
  'found',
  'counts',
]);

/** Of this customer, of another one, of a warehouse, and of nothing. */
const IDS = ['1', '2', '7', '55', '700', '1500', '999999'];

let reads: ComparedReads;
let app: TestApp;
beforeAll(async () => {
  reads = await ComparedReads.start();
  ({ app } = reads);
});
afterAll(() => app.stop());

const both: ComparedReads['both'] = (query, caller) => reads.both(query, caller);

const DASHBOARD = `query ($first: Int, $statuses: [DeviceStatus!]) { devices(first: $first, filter: { statuses: $statuses }) { nodes {
  databaseId currentStatus updatedAt site { databaseId name } patient { databaseId externalIdentifier firstName lastName }
  readings(first: 3) { nodes { databaseId takenAt kind ... on BloodPressureReading { systolic diastolic } deviceTimeZoneOffset } } } } }`;
const ASSOCIATIONS = `query ($first: Int) { devices(first: $first) { nodes { id currentStatus site { id name }
  patient { id firstName } currentAssociation { id startedAt } identifiers { type value } } } }`;

/** Variables for the pages after and before the one that is `paged`. */
function placesIn(text: string): { after?: string; before?: string }[] {
  const [, startCursor, endCursor] =
    new RegExp(`"${PAGED}":{"ends":{"startCursor":"([^"]+)","endCursor":"([^"]+)"`).exec(text) ?? [];
  return startCursor === undefined
    ? []
    : [{ after: endCursor }, { before: endCursor }, { after: startCursor, before: endCursor }];
}

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, nth) => `a${nth}: ${field}`).join(' ');

it.each([
  ['the dashboard', DASHBOARD, { first: 50, statuses: ['WITH_PATIENT'] }, ['read_devices']],
  [
    'a filter with several values',
    DASHBOARD,
    { first: 50, statuses: ['WITH_PATIENT', 'LOST'] },
    ['devices', 'read_devices'],
  ],
  ['devices with their associations', ASSOCIATIONS, { first: 50 }, ['read_devices']],
  ['one device', 'query ($id: ID!) { device(id: $id) { id version updatedAt } }', { id: '7' }, ['read_device']],
  ['a device of another customer', 'query ($id: ID!) { device(id: $id) { id } }', { id: '1500' }, ['read_device']],
  ['an id of another type', 'query ($id: ID!) { device(id: $id) { id } }', { id: 'U2l0ZTox' }, []],
  ['two fields', '{ a: device(id: 1) { id } b: site(id: 3) { name } }', {}, ['read_device', 'read_site']],
  [
    'edges and cursors',
    '{ sites(first: 2, sort: { field: NAME, direction: DESC }) { edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }',
    {},
    ['read_sites'],
  ],
  ['a total', '{ patients(first: 1) { totalCount nodes { lastName } } }', {}, ['read_patients', 'patients_count']],
  ['a total alone', '{ patients(first: 0, filter: { archived: false }) { totalCount } }', {}, ['read_patients']],
  [
    'lists below others, with filters and totals',
    `{ sites(first: 3) { totalCount nodes { devices(first: 2, filter: { statuses: [AVAILABLE, AVAILABLE_AT_SITE] }) { totalCount
      pageInfo { hasNextPage endCursor } edges { cursor node { databaseId } } } patients(first: 0) { totalCount } } } }`,
    {},
    ['read_sites', 'sites_count'],
  ],
  [
    'lists of interfaces',
    '{ device(id: 2) { orders(last: 1) { nodes { events(first: 5) { nodes { id ... on OrderStatusChange { status } } } } } } }',
    {},
    ['read_device'],
  ],
  [
    'cursors by time',
    `{ devices(last: 2, sort: { field: UPDATED_AT, direction: DESC }) { edges { cursor } pageInfo { startCursor endCursor hasPreviousPage }
      nodes { readings(first: 2) { pageInfo { startCursor hasNextPage endCursor } } } } }`,
    {},
    ['read_devices'],
  ],
  [
    'cursors by a time of another table',
    '{ patients(first: 2, sort: { field: LATEST_READING_AT, direction: DESC }) { edges { cursor } pageInfo { hasNextPage } } }',
    {},
    ['patients', 'read_patients'],
  ],
  [
    'a sort by another table that finds nothing',
    `{ patients(first: 2, search: "no such patient", sort: { field: LATEST_READING_AT, direction: DESC }) { edges { cursor }
      pageInfo { startCursor } } }`,
    {},
    ['patients', 'read_patients'],
  ],
  [
    'lists that belong to a state of their parent',
    '{ webhooks(first: 2) { nodes { deliveries(first: 2) { nodes { attempts(last: 1) { totalCount nodes { id } } } } } } }',
    {},
    ['read_webhooks'],
  ],
  [
    'rows of a table with the alias of any other',
    '{ items(first: 2, filter: { readingKinds: [TEMPERATURE, WEIGHT] }) { nodes { name } } }',
    {},
    ['items', 'read_items'],
  ],
  [
    'fields of the executor beside others',
    '{ viewer { role customer { id } } devices(first: 1) { nodes { id } } __schema { queryType { name } } site(id: 3) { name } }',
    {},
    ['read_devices', 'read_site', 'customer_by_id'],
  ],
  ['fields of the executor alone', '{ viewer { role } __typename }', {}, []],
  [
    'whether there are more of a filter that finds nothing',
    '{ patients(first: 1, filter: { customerIds: ["999999", "1"], holdsDevice: true, enrolled: false, archived: true }) { pageInfo { hasNextPage } } }',
    {},
    ['patients', 'read_patients'],
  ],
  [
    'a statement that takes long to plan',
    `{ device(id: 1) { ${aliases(30, 'latestReading { takenAt }')} } }`,
    {},
    undefined,
  ],
  [
    'a statement that takes long to plan each time',
    `{ patients(first: 1) { nodes { ${aliases(25, 'devices(first: 1, filter: { statuses: [LOST, WITH_PATIENT] }) { nodes { id } }')} } } }`,
    {},
    undefined,
  ],
  ['an alias', '{ patients(first: 2) { nodes { surname: lastName all: __typename } } }', {}, ['read_patients']],
  ['an empty page', '{ patients(first: 0) { nodes { lastName } } }', {}, ['read_patients']],
  ['the last page', '{ patients(last: 2) { nodes { lastName } } }', {}, ['read_patients']],
  [
    'directives',
    'query ($yes: Boolean!) { patients(first: 2) { nodes { lastName @skip(if: $yes) firstName @include(if: $yes) } } }',
    { yes: true },
    ['read_patients'],
  ],
  ['a computed field', '{ patients(first: 2) { nodes { timeZone } } }', {}, ['read_patients']],
  ['a bad page size', '{ patients(first: 1000) { nodes { lastName } } }', {}, undefined],
] as const)('%s', async (_name, query, variables, statements) => {
  const { expected, found, compiled, names } = await both({ query, variables });
  expect(found).toEqual(expected);
  expect(statements ? names : compiled).toEqual(statements ?? []);
});

it('the next page, by a cursor of either', async () => {
  const page = (after: string | null) => ({
    query:
      'query ($after: String) { devices(first: 3, after: $after) { nodes { id } pageInfo { endCursor hasPreviousPage } } }',
    variables: { after },
  });
  let after: string | null = null;
  for (let count = 0; count < 3; count += 1) {
    const { expected, found, compiled } = await both(page(after));
    expect(found).toEqual(expected);
    expect(compiled).toEqual(['read_devices']);
    after = (JSON.parse(found.text) as { data: { devices: { pageInfo: { endCursor: string } } } }).data.devices.pageInfo
      .endCursor;
  }
  expect((await both(page(`${after!}x`))).found.text).toContain('CURSOR_INVALID');
});

it('the next page of a list below a node', async () => {
  const query = `query ($after: String) { patient(id: 55) { readings(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } } }`;
  const first = await both({ query });
  const after = /"endCursor":"([^"]+)"/.exec(first.found.text)![1];
  const next = await both({ query, variables: { after } });
  expect(next.found).toEqual(next.expected);
  expect(next.found.text).not.toBe(first.found.text);
  expect(next.compiled).toEqual(['read_patient']);
  // The statement of a node is kept for other nodes, of which the cursor is not.
  const rows = `query ($id: ID!, $after: String) { patient(id: $id) { readings(first: 2, after: $after) { nodes { takenAt } } } }`;
  for (const id of ['55', '56']) {
    const ofNode = await both({ query: rows, variables: { id, after } });
    expect(ofNode.found).toEqual(ofNode.expected);
    expect(ofNode.found.text.includes('CURSOR_INVALID')).toBe(id === '56');
    expect(ofNode.compiled).toEqual(id === '55' ? ['read_patient'] : []);
  }
});

it('an error of a field that is not compiled', async () => {
  const query = '{ site(id: 3) { name } readings(first: 1000) { nodes { id } } patients(first: 1) { nodes { id } } }';
  const { expected, found } = await both({ query });
  expect(found).toEqual(expected);
  expect(JSON.parse(found.text)).toMatchObject({ errors: [{ path: ['readings'] }], data: { readings: null } });
});

/** Of the log line of the last operation with a name. */
function readOf(name: string): string {
  const lines = app.log.split('\n').filter((line) => line.includes(`"name":"${name}"`));
  return (JSON.parse(lines.at(-1)!) as { read: string }).read;
}

it('the log line says how a query was read', async () => {
  await both({ query: 'query Compiled { device(id: 8) { version } }' });
  await both({ query: 'query Executed { viewer { role } }' });
  expect([readOf('Compiled'), readOf('Executed')]).toEqual(['COMPILED', 'EXECUTED']);
});

it('after a fault of a compiled statement, the executor makes the response, and the log line says so', async () => {
  const rename = (from: string, to: string) =>
    app.admin.query(`alter function pg_catalog.${from}(anyelement) rename to ${to}`);
  await rename('to_json', 'to_json_before');
  try {
    const response = await app.query('northside', 'query Failed { device(id: 8) { site { name address { city } } } }');
    expect(response.data.device).toMatchObject({ site: { name: expect.any(String) as string } });
    expect(response.errors).toBeUndefined();
  } finally {
    await rename('to_json_before', 'to_json');
  }
  expect(readOf('Failed')).toBe('FAILED');
});

it('no text of a caller is in a statement', async () => {
  const { found, expected, compiled } = await both({
    query: '{ patients(first: 1) { nodes { select_from: lastName } } }',
  });
  expect(found).toEqual(expected);
  expect(compiled).toEqual(['read_patients']);
  expect(app.statements.at(-1)!.text).not.toContain('select_from');
});

it('texts with all characters that JSON escapes', async () => {
  const name =
    'quote " backslash \\ tab \t line \n bell \u0007 unit \u001f back \b feed \f return \r emoji \u{1F600} separator \u2028 delete \u007f';
  await app.admin.query('update patient set first_name = $1, email = $2 where id = 55', [name, '</script>']);
  const { found, expected, compiled } = await both({ query: `{ patient(id: 55) { firstName lastName email } }` });
  expect(found).toEqual(expected);
  expect(compiled).toEqual(['read_patient']);
});

it('a text with the characters of a mark is not one', async () => {
  await app.admin.query('update patient set first_name = $1, last_name = $1 where id in (1, 2)', [
    '\u00020:["1"]\u0002',
  ]);
  const { found, expected, compiled } = await both({
    query: `{ patients(first: 3, sort: { field: LAST_NAME, direction: ASC }) { edges { cursor node { databaseId firstName lastName } } } }`,
  });
  expect(found).toEqual(expected);
  expect(found.text).toContain(String.raw`"\u00020:[\"1\"]\u0002"`);
  expect(compiled).toEqual(['read_patients']);
});

it('the documented queries', async () => {
  const examples = ['docs/tour', 'docs/first-day'].flatMap((folder) => readExamples(folder));
  const queries = examples.filter(({ type }) => type === 'query');
  expect(queries.length).toBeGreaterThan(4);
  for (const { query, variables } of queries) {
    for (const caller of CALLERS) {
      const { expected, found } = await both({ query, variables }, caller);
      expect({ query, caller, ...found }).toEqual({ query, caller, ...expected });
    }
  }
});

describe.each(CALLERS)('random queries of %s', (caller) => {
  /** @returns the number of queries that were compiled */
  async function compare(queries: RandomQueries): Promise<number> {
    let compiledQueries = 0;
    for (let count = 0; count < 100; count += 1) {
      const body = queries.next();
      const { expected, found, compiled } = await both(body, caller);
      expect({ ...body, ...found }).toEqual({ ...body, ...expected });
      if (compiled.length > 0) compiledQueries += 1;
      for (const place of placesIn(found.text)) {
        const next = { query: body.query, variables: { ...body.variables, ...place } };
        const page = await both(next, caller);
        expect({ ...next, ...page.found }).toEqual({ ...next, ...page.expected });
      }
    }
    return compiledQueries;
  }

  it('of all fields', async () => {
    await compare(new RandomQueries(buildGatewaySchema(), randomFrom(caller.length * 7919), IDS));
  });

  it('of fields that are declared as data', async () => {
    const isDeclared = (field: Field) => !hasResolver(field) || KINDS.has((field.extensions.source as Source)?.kind);
    const compiled = await compare(
      new RandomQueries(buildGatewaySchema(), randomFrom(caller.length * 104_729), IDS, isDeclared),
    );
    if (caller !== 'ingest') expect(compiled).toBeGreaterThan(5);
  });
});

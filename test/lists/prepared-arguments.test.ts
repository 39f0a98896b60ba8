import { TestApp } from '../support/test-app';
import { toGlobalId } from '../../src/platform/base/global-id';

/**
 * What a field derives from its arguments is derived once for an operation, and not for each parent: a list below 50 parents costs no
 * more preparation than a list below ten.
 */
let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Work {
  /** Parsed global ids. */
  parsed: number;
  /** Texts that were brought to normal form. */
  normalized: number;
  /** Characters of serialized arguments. */
  serialized: number;
  /** Values in the parameters of statements. */
  sent: number;
}

const IDS = Array.from({ length: 200 }, (_, index) => toGlobalId('Device', `${987_000_000 + index}`));
const IDENTIFIERS = Array.from({ length: 200 }, (_, index) => `NOSUCH${index}`);

/** The work for one operation with the lists. */
async function workOf(query: string, variables: Record<string, unknown>): Promise<Work> {
  const work: Work = { parsed: 0, normalized: 0, serialized: 0, sent: 0 };
  const spies = [spyOnBuffer(work), spyOnNormalize(work), spyOnStringify(work)];
  let parents = 0;
  const statements = await app.statementsOf(async () => {
    const data = await app.data<{ parents: { nodes: unknown[] } }>('northside', query, variables);
    parents = data.parents.nodes.length;
  });
  for (const restore of spies) restore();
  expect(parents).toBe(variables.first);
  work.sent = statements
    .flatMap(({ values }) => values)
    .filter((value) => JSON.stringify(value).includes('987')).length;
  return work;
}

function spyOnBuffer(work: Work): () => void {
  const spy = jest.spyOn(Buffer, 'from');
  return () => {
    work.parsed = spy.mock.calls.filter(([value]) => IDS.includes(value as never)).length;
    spy.mockRestore();
  };
}

function spyOnNormalize(work: Work): () => void {
  const spy = jest.spyOn(String.prototype, 'normalize');
  return () => {
    work.normalized = spy.mock.contexts.filter((text) => IDENTIFIERS.includes(String(text))).length;
    spy.mockRestore();
  };
}

function spyOnStringify(work: Work): () => void {
  const spy = jest.spyOn(JSON, 'stringify');
  return () => {
    for (const { value } of spy.mock.results)
      if (typeof value === 'string' && /987000001|NOSUCH1/.test(value)) work.serialized += value.length;
    spy.mockRestore();
  };
}

const PATIENTS = (field: string) =>
  `query ($first: Int, $ids: [ID!], $identifiers: [String!]) { parents: patients(first: $first) { nodes { ${field} } } }`;

it.each([
  ['a list in a filter', 'readings(first: 1, filter: { deviceIds: $ids }) { nodes { id } }'],
  ['a list of texts', 'devices(first: 1, filter: { identifiers: $identifiers }) { nodes { id } totalCount }'],
  [
    'the filter of a chart',
    `readingTrend(kind: WEIGHT, period: { from: "2026-01-01T00:00:00Z", to: "2026-01-05T00:00:00Z" }, bucket: DAY,
      filter: { deviceIds: $ids }) { count }`,
  ],
])('%s is prepared once for all parents', async (_what, field) => {
  const query = PATIENTS(field).replace(field.includes('$ids') ? ', $identifiers: [String!]' : ', $ids: [ID!]', '');
  const lists = field.includes('$ids') ? { ids: IDS } : { identifiers: IDENTIFIERS };
  const [one, many] = [await workOf(query, { first: 10, ...lists }), await workOf(query, { first: 50, ...lists })];
  expect(one.parsed + one.normalized).toBeGreaterThanOrEqual(200);
  expect(many).toEqual(one);
});

it('each alias prepares its arguments once, and equal arguments are read by one statement', async () => {
  const field = (index: number) => `a${index}: readings(first: 1, filter: { deviceIds: $ids }) { nodes { id } }`;
  const query = (aliases: number) =>
    PATIENTS(Array.from({ length: aliases }, (_, index) => field(index)).join(' ')).replace(
      ', $identifiers: [String!]',
      '',
    );
  const [one, ten] = [
    await workOf(query(1), { first: 20, ids: IDS }),
    await workOf(query(10), { first: 20, ids: IDS }),
  ];
  expect(ten.parsed).toBe(10 * one.parsed);
  expect(ten.sent).toBe(one.sent);
});

it('a cursor is read for each parent: it belongs to the list of one of them', async () => {
  const cursorOf = `{ patients(first: 20, filter: { holdsDevice: true }) { nodes { id readings(first: 1) { pageInfo { endCursor } } } } }`;
  type Node = { id: string; readings: { pageInfo: { endCursor: string | null } } };
  const { patients } = await app.data<{ patients: { nodes: Node[] } }>('northside', cursorOf);
  const { id, readings } = patients.nodes.find(({ readings }) => readings.pageInfo.endCursor !== null)!;
  const { data, errors } = await app.query<{ patients: { nodes: { id: string; readings: object | null }[] } }>(
    'northside',
    `query ($after: String) { patients(first: 20, filter: { holdsDevice: true }) { nodes { id readings(first: 1, after: $after) { nodes { id } } } } }`,
    { after: readings.pageInfo.endCursor },
  );
  const served = data.patients.nodes.filter((node) => node.readings !== null);
  expect(served.map((node) => node.id)).toEqual([id]);
  expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['CURSOR_INVALID']));
});

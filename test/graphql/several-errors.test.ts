import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const RANGE = '{ from: "soon", to: "later" }';

it('each value of an argument that is not valid has an error with its path', async () => {
  const { data, errors } = await app.query(
    'northside',
    `{ a: devices(filter: { createdAt: ${RANGE} }) { nodes { id } } b: devices(filter: { siteIds: ["x", "1", "y"] }) { nodes { id } } }`,
  );
  expect(data).toEqual({ a: null, b: null });
  expect(errors!.map(({ path, extensions }) => [path, extensions])).toEqual(
    expect.arrayContaining([
      [['a'], { code: 'BAD_USER_INPUT', path: ['filter', 'createdAt', 'from'] }],
      [['a'], { code: 'BAD_USER_INPUT', path: ['filter', 'createdAt', 'to'] }],
      [['b'], { code: 'BAD_USER_INPUT', path: ['filter', 'siteIds', '0'] }],
      [['b'], { code: 'BAD_USER_INPUT', path: ['filter', 'siteIds', '2'] }],
    ]),
  );
  expect(errors).toHaveLength(4);
});

it('twenty values have an error, and one more says how many others there are', async () => {
  const { errors } = await app.query(
    'northside',
    'query ($k: [ID!]) { devices(filter: { siteIds: $k }) { nodes { id } } }',
    {
      k: Array.from({ length: 53 }, () => 'x'),
    },
  );
  expect(errors).toHaveLength(21);
  expect(errors!.at(-1)).toEqual({ message: '33 more values are refused.', extensions: { code: 'BAD_USER_INPUT' } });
});

/** Messages of the errors of a query. */
async function refusalsOf(
  query: string,
  variables?: Record<string, unknown>,
  key: 'northside' | 'operator' = 'northside',
) {
  return (await app.query(key, query, variables)).errors!.map(({ message }) => message);
}

const NO_ID = 'is not an id of this API';
const NO_CURSOR = 'The cursor does not belong to this list. Use a cursor that the same query returned.';

it.each([
  ['a list', 'devices(first: 101, after: "x", filter: { siteIds: ["x"] }) { nodes { id } }', 'siteIds', 'first', 101],
  [
    'the readings',
    'readings(last: -1, before: "x", filter: { deviceIds: ["x"] }) { nodes { id } }',
    'deviceIds',
    'last',
    -1,
  ],
  [
    'a list below an object',
    'patient(id: 1) { readings(first: 1000, after: "x", filter: { deviceIds: ["x"] }) { nodes { id } } }',
    'deviceIds',
    'first',
    1000,
  ],
] as const)('%s refuses ids, a page size and a cursor together', async (_list, field, ids, size, given) => {
  expect(await refusalsOf(`{ ${field} }`)).toEqual([
    `filter.${ids}.0: ${NO_ID}`,
    `${size}: must be from 0 to 100, but is ${given}`,
    NO_CURSOR,
  ]);
});

it('both page sizes and both cursors are refused together', async () => {
  const query = '{ devices(first: 101, last: -1, after: "x", before: "y") { nodes { id } } }';
  const { errors } = await app.query('northside', query);
  expect(errors!.map(({ extensions }) => [extensions.code, (extensions.path as string[])[0]])).toEqual([
    ['BAD_USER_INPUT', 'last'],
    ['BAD_USER_INPUT', 'first'],
    ['BAD_USER_INPUT', 'last'],
    ['CURSOR_INVALID', 'after'],
    ['CURSOR_INVALID', 'before'],
  ]);
});

it('a trend refuses a period and ids together', async () => {
  const trend = (period: string) =>
    `{ patient(id: 1) { readingTrend(kind: WEIGHT, bucket: HOUR, period: ${period}, filter: { deviceIds: ["x"] }) { startsAt } } }`;
  expect(await refusalsOf(trend('{ from: "2026-03-02T00:00:00Z", to: "2026-03-01T00:00:00Z" }'))).toEqual([
    `filter.deviceIds.0: ${NO_ID}`,
    'period.to: must be later than period.from',
  ]);
  expect(await refusalsOf(trend('{ from: "2020-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }'))).toEqual([
    `filter.deviceIds.0: ${NO_ID}`,
    expect.stringContaining('at most 1,000 are allowed'),
  ]);
  expect(await refusalsOf(trend('{ from: "soon", to: "2026-01-01T00:00:00Z" }'))).toEqual([
    expect.stringContaining('period.from: must be'),
    `filter.deviceIds.0: ${NO_ID}`,
  ]);
});

it('a missing customer and a text that is none are refused together', async () => {
  const query = 'query ($text: String!) { patientByExternalIdentifier(externalIdentifier: $text) { id } }';
  expect(await refusalsOf(query, { text: 'a\0b' }, 'operator')).toEqual([
    'externalIdentifier: must not contain a NUL character',
    'customerId: is required for operators',
  ]);
});

it('long lists and all ids that JSON has rounded are refused together', async () => {
  const query =
    'query ($ids: [ID!], $one: ID!, $long: [ID!]) { devices(filter: { siteIds: $ids, itemIds: $long }) { nodes { id } } device(id: $one) { id } }';
  const rounded = (path: string) => `${path}: must be a string, because JSON rounds numbers beyond 2^53`;
  const long = Array.from({ length: 1_001 }, () => '1');
  expect(await refusalsOf(query, { ids: ['1', 2 ** 60, 2 ** 61], one: 2 ** 62, long })).toEqual([
    'filter.itemIds: must have at most 1,000 items, but has 1,001',
    rounded('ids.1'),
    rounded('ids.2'),
    rounded('one'),
  ]);
  const many = await refusalsOf(query, { ids: Array.from({ length: 30 }, () => 2 ** 60), one: '1', long: [] });
  expect(many).toHaveLength(21);
  expect(many.at(-1)).toBe('10 more values are refused.');
});

it('of values with a wrong type in variables, twenty have an error, and one more says how many others there are', async () => {
  const query =
    'query ($k: [ID!], $one: Boolean) { devices(filter: { siteIds: $k, associated: $one }) { nodes { id } } }';
  const errors = await refusalsOf(query, { k: Array.from({ length: 53 }, () => true), one: 1 });
  expect(errors).toHaveLength(21);
  expect(errors.slice(0, 20).every((message) => message.startsWith('Variable "$k" got invalid value true'))).toBe(true);
  expect(errors.at(-1)).toBe('34 more values are refused.');
  const alone = await refusalsOf(query, { k: Array.from({ length: 21 }, () => true) });
  expect(alone.at(-1)).toBe('1 more value is refused.');
});

import { createHash } from 'node:crypto';
import { eventually } from '../support/eventually';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp, type GraphqlResponse } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
});
afterAll(() => app.stop());

interface Request {
  query?: string;
  of: string;
  variables?: object;
  key?: string | null;
  instance?: number;
}

/** Sends a query by its hash, with or without its text. */
async function send({ query, of, variables, key = KEYS.northside, instance = 0 }: Request): Promise<GraphqlResponse> {
  const sha256Hash = createHash('sha256').update(of).digest('hex');
  const response = await fetch(`${app.urls[instance]}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { 'impilo-api-key': key }) },
    body: JSON.stringify({ query, variables, extensions: { persistedQuery: { version: 1, sha256Hash } } }),
  });
  return { status: response.status, ...((await response.json()) as Omit<GraphqlResponse, 'status'>) };
}

const register = (query: string, request: Partial<Request> = {}) => send({ query, of: query, ...request });
const codeOf = ({ errors }: GraphqlResponse) => errors?.[0]?.extensions.code;
const isKept = async (of: string, request: Partial<Request> = {}) =>
  codeOf(await send({ of, ...request })) !== 'PERSISTED_QUERY_NOT_FOUND';

it.each<[string, string, Partial<Request>, string]>([
  ['of a caller without a credential', '{ viewer { role } } # 1', { key: null }, 'UNAUTHENTICATED'],
  ['of an unknown key', '{ viewer { role } } # 2', { key: 'unknown' }, 'UNAUTHENTICATED'],
  ['that is not valid', '{ viewer { nothing } } # 3', {}, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'that costs too much',
    'query ($n: Int) { devices(first: $n) { nodes { associations(first: $n) { nodes { patient { associations(first: $n) { nodes { id } } } } } } } }',
    { variables: { n: 100 } },
    'OPERATION_TOO_COMPLEX',
  ],
  ['of another text', '{ viewer { role } } # 4', { of: '{ version }' }, 'BAD_USER_INPUT'],
])('a query %s is not kept', async (_what, query, request, code) => {
  expect(codeOf(await register(query, request))).toBe(code);
  expect(await isKept(query)).toBe(false);
});

it('a customer that sends many evicts its own, and none of others', async () => {
  const lakeview = '{ viewer { role } } # of Lakeview';
  await register(lakeview, { key: KEYS.lakeview });
  const own = (nth: number) => `{ viewer { role } } #${nth}${'x'.repeat(90_000)}`;
  for (let nth = 0; nth < 30; nth += 1) expect((await register(own(nth))).data).toEqual({ viewer: { role: 'ADMIN' } });
  for (const instance of [0, 1])
    expect([
      await isKept(lakeview, { key: KEYS.lakeview, instance }),
      await isKept(own(29), { instance }),
      await isKept(own(0), { instance }),
    ]).toEqual([true, true, false]);
  const { rows } = await app.admin.query<{ bytes: number }>(
    'select sum(bytes)::int as bytes from persisted_query group by customer_id',
  );
  for (const { bytes } of rows) expect(bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
});

/** Statements for persisted queries while `work` runs. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements = await app.statementsOf(work);
  return statements.flatMap(({ text }) => /\/\* (\w+_persisted_quer\w+) \*\//.exec(text)?.[1] ?? []);
}

describe('a query that is registered at one instance', () => {
  const query = '{ viewer { role } } # shared';

  it('runs at another, which reads it once', async () => {
    const elsewhere = async () => {
      const response = await send({ of: query, instance: 1 });
      expect([response.status, response.data]).toEqual([200, { viewer: { role: 'ADMIN' } }]);
    };
    expect(await statementsOf(() => register(query))).toEqual(['add_persisted_query']);
    expect(await statementsOf(elsewhere)).toEqual(['find_persisted_queries']);
    expect(await statementsOf(elsewhere)).toEqual([]);
    expect(await statementsOf(() => register(query))).toEqual([]);
  });

  it.each(['lakeview', 'operator'] as const)('is unknown to %s, at every instance', async (caller) => {
    for (const instance of [0, 1]) expect(await isKept(query, { key: KEYS[caller], instance })).toBe(false);
  });

  it('is known to other keys of the customer', async () => {
    expect(await isKept(query, { key: KEYS.readOnly, instance: 1 })).toBe(true);
  });

  it('of operators is unknown to customers', async () => {
    const own = '{ viewer { role } } # of operators';
    await register(own, { key: KEYS.operator });
    expect(await isKept(own, { key: KEYS.operator, instance: 1 })).toBe(true);
    for (const key of [KEYS.northside, KEYS.lakeview]) expect(await isKept(own, { key, instance: 1 })).toBe(false);
  });

  it('runs by GET, and over WebSocket', async () => {
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) });
    const headers = { 'impilo-api-key': KEYS.northside, 'apollo-require-preflight': '1' };
    const response = await fetch(`${app.urls[1]}/graphql?${search.toString()}`, { headers });
    expect(await response.json()).toEqual({ data: { viewer: { role: 'ADMIN' } } });
    const socket = await RawSocket.connect(app.urls[1]!, KEYS.northside);
    const payload = { query: '', extensions };
    expect(await socket.execute(payload)).toEqual({ data: { viewer: { role: 'ADMIN' } } });
    await socket.close();
  });
});

it('a query that is registered over WebSocket runs at another instance', async () => {
  const query = '{ viewer { role } } # by a socket';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const wrong = { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash } } };
  await socket.execute(wrong);
  expect(await isKept(query, { instance: 1 })).toBe(false);
  const payload = { query, extensions: { persistedQuery: { version: 1, sha256Hash } } };
  expect(await socket.execute(payload)).toEqual({ data: { viewer: { role: 'ADMIN' } } });
  expect(await isKept(query, { instance: 1 })).toBe(true);
  await socket.close();
});

it('a text that is no hash costs no statement', async () => {
  const sha256Hash = 'x'.repeat(64);
  const statements = await statementsOf(async () => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'impilo-api-key': KEYS.northside },
      body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash } } }),
    });
    expect(response.status).toBe(200);
  });
  expect(statements).toEqual([]);
});

it('the rows of one customer are not readable in the session of another', async () => {
  await register('{ viewer { role } } # protected');
  const { rows: roles } = await app.admin.query<{ customer: string }>(
    'select distinct customer_id::text as customer from persisted_query',
  );
  expect(roles.length).toBeGreaterThan(1);
  for (const { customer } of roles) {
    await app.admin.query('begin');
    await app.admin.query(customer === '0' ? 'set local role gateway_operator' : 'set local role gateway_customer');
    await app.admin.query(`select set_config('app.customer_id', $1, true)`, [customer === '0' ? '' : customer]);
    const { rows } = await app.admin.query<{ customer: string }>(
      'select distinct customer_id::text as customer from persisted_query',
    );
    await app.admin.query('rollback');
    expect(rows).toEqual([{ customer }]);
  }
});

it('the oldest queries of all customers are deleted beyond a bound', async () => {
  const small = await TestApp.start({
    persistedBounds: { storedBytes: 10_000, memoryBytes: 10_000, pruneIntervalMs: 50 },
    instances: 2,
  });
  const whole = app;
  app = small;
  try {
    const own = (nth: number) => `{ viewer { role } } # ${nth}${'x'.repeat(2_000)}`;
    for (let nth = 0; nth < 8; nth += 1) await register(own(nth), { key: nth % 2 ? KEYS.northside : KEYS.lakeview });
    await eventually(async () => {
      const { rows } = await small.admin.query<{ bytes: number }>(
        'select sum(bytes)::int as bytes from persisted_query',
      );
      return rows[0]!.bytes <= 10_000;
    });
    expect(await isKept(own(7), { instance: 1 })).toBe(true);
    expect(await isKept(own(1), { instance: 1 })).toBe(false);
  } finally {
    app = whole;
    await small.stop();
  }
});

import { RateLimitPruner } from '../../src/platform/access/rate-limit.repository';
import { Database } from '../../src/platform/db/database';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { RestClient } from '../support/rest-client';
import { silentLog } from '../support/silent-log';
import { Subscriber } from '../support/subscriber';
import { KEYS, TestApp } from '../support/test-app';

/** A quota of 500 points of a customer, and 200 of a credential, in ten seconds. Slow enough for slow machines. */
const ENV = { RATE_LIMIT_COST_PER_SECOND: '50', RATE_LIMIT_CREDENTIAL_COST_PER_SECOND: '20' };
/** Costs 1, and 10 as an operation. */
const CHEAP = '{ viewer { role } }';
const [ALONE, ONE, OTHER, OFF] = [0, 1, 2, 3];

let app: TestApp;
let rest: RestClient;
const notices = new LimitNotices();

beforeAll(async () => {
  // The first instance never merges within the test.
  app = await TestApp.start({ env: ENV, rateMergeIntervalMs: 600_000 });
  await app.startInstance(ENV, { rateMergeIntervalMs: 20 });
  await app.startInstance(ENV, { rateMergeIntervalMs: 20 });
  await app.startInstance({ RATE_LIMIT_COST_PER_SECOND: '0' });
  rest = new RestClient(app);
});
afterAll(() => app.stop());
beforeEach(() => notices.begin());
afterEach(() => notices.end());

async function post(key: string, query: string, instance = ALONE): Promise<Response> {
  return fetch(`${app.urls[instance]}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
}

/** What is left, by the name of the quota. */
function remaining({ headers }: Pick<Response, 'headers'>): Record<string, number> {
  const parts = (headers.get('ratelimit') ?? '').matchAll(/"(\w+)";r=(\d+);t=(\d+)/g);
  return Object.fromEntries([...parts].map(([, name, r]) => [name!, Number(r)]));
}

/** A key whose quota is spent, and what spent it. */
async function spentKey(instance = ALONE): Promise<string> {
  const key = await createKey(app);
  let response: Response;
  do response = await post(key, CHEAP, instance);
  while (response.status === 200);
  expect(response.status).toBe(429);
  return key;
}

it('each response says what is left of the quotas, and the cost is taken from them', async () => {
  const key = await createKey(app);
  const first = await post(key, '{ devices(first: 20) { nodes { id } } }');
  expect(first.headers.get('ratelimit-policy')).toBe('"credential";q=200;w=10, "customer";q=500;w=10');
  const { credential } = remaining(first);
  expect(credential).toBeLessThan(200 - 20);
  expect(credential).toBeGreaterThan(200 - 60);
  expect(first.headers.get('ratelimit')).toMatch(/^"credential";r=\d+;t=\d+, "customer";r=\d+;t=\d+$/);
  // Of a refused document, and in REST, also for what does not exist.
  expect(remaining(await post(await createKey(app), '{ nothing }')).credential).toBeLessThan(200);
  const answer = await rest.get('/device/999999', { caller: { key } });
  expect([answer.status, remaining(answer).credential]).toEqual([404, expect.any(Number)]);
  expect((await post('dgk_unknown', CHEAP)).headers.get('ratelimit')).toBeNull();
});

it('a spent quota of a credential refuses on all transports, and says when to try again', async () => {
  const key = await createKey(app);
  const socket = await RawSocket.connect(app.url, key);
  let response: Response;
  do response = await post(key, CHEAP);
  while (response.status === 200);
  const body = (await response.json()) as { errors: { message: string; extensions: { retryAfter: number } }[] };
  const message = 'The limit of cost of a credential per second is reached. Try again in a second.';
  const error = { message, extensions: { code: 'RATE_LIMITED', retryAfter: 1 } };
  expect([response.status, response.headers.get('retry-after'), body]).toEqual([429, '1', { errors: [error] }]);
  expect(new Set(notices.names)).toEqual(new Set(['cost of a credential per second']));
  // What REST and WebSocket do costs less than what was refused, so it is spent first.
  const problem = await refusedByRest(key);
  expect(problem).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', field: null } });
  expect(Number(problem.headers.get('retry-after'))).toBeGreaterThan(0);
  const overSocket = await eventually(async () => {
    const result = await socket.execute({ query: CHEAP });
    return result.errors && result;
  }, 'a refusal over WebSocket');
  expect(overSocket.errors![0]!.extensions).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfter: expect.any(Number) as number,
  });
  await socket.close();
});

const refusedByRest = (key: string) =>
  eventually(async () => {
    const answer = await rest.get('/device', { caller: { key } });
    return answer.status === 429 && answer;
  }, 'a refusal by REST');

it('the keys of a customer share its quota, and another customer has its own', async () => {
  while (!notices.names.includes('cost of a customer per second')) await spentKey();
  expect((await post(KEYS.lakeview, CHEAP)).status).toBe(200);
});

it('after the time of Retry-After the same request succeeds', async () => {
  const key = await createKey(app, { customerId: '2' });
  let response: Response;
  do response = await post(key, CHEAP);
  while (response.status === 200);
  const seconds = Number(response.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  const end = performance.now() + seconds * 1_000;
  await eventually(() => performance.now() > end);
  expect((await post(key, CHEAP)).status).toBe(200);
});

it('an event of a subscription spends the cost of its selection, and is not refused for a spent quota', async () => {
  const key = await createKey(app, { role: 'OPERATOR', customerId: null });
  // Costs about 130: its start and one event are more than a credential may spend, but not than all operators may.
  const changes = `subscription { deviceStatusChanged { change {
    deviceVersion device { databaseId statusHistory(first: 60) { nodes { status note } } } } } }`;
  const subscriber = new Subscriber(app.urls[ALONE]!, { key }, changes);
  await eventually(() => app.subscribers === 1);
  expect((await post(key, CHEAP)).status).toBe(200);
  const devices = ['1', '2', '3', '4'];
  for (const id of devices) {
    const change = `mutation { updateDeviceStatus(input: { deviceId: ${id}, status: LOST }) { userErrors { code } } }`;
    const response = await post(KEYS.operator, change, OFF);
    expect(await response.json()).toEqual({ data: { updateDeviceStatus: { userErrors: [] } } });
  }
  await subscriber.count(devices.length);
  expect(subscriber.received).toEqual(
    devices.map((databaseId) => ({
      data: {
        deviceStatusChanged: {
          change: expect.objectContaining({ device: expect.objectContaining({ databaseId }) as object }) as object,
        },
      },
    })),
  );
  const refused = await post(key, CHEAP);
  const { errors } = (await refused.json()) as { errors: { extensions: { code: string } }[] };
  expect([refused.status, errors[0]!.extensions.code]).toEqual([429, 'RATE_LIMITED']);
  // The events cost more than 500 of 20 a second, and nothing else that this key did does.
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
  await subscriber.stop();
});

it('instances share what was spent, in one statement for all who spent', async () => {
  const before = app.statements.length;
  const key = await spentKey(ONE);
  await eventually(async () => (await post(key, CHEAP, OTHER)).status === 429, 'the other instance to know');
  const merges = app.statements.slice(before).filter(({ text }) => text.includes('merge_rate_limits'));
  expect(merges.every(({ scope }) => scope.kind === 'system')).toBe(true);
  const { rows } = await app.admin.query<{ key: string }>('select key from rate_limit');
  expect(rows.length).toBeGreaterThan(0);
  // Hashes.
  for (const row of rows) expect(row.key).toMatch(/^[\w-]{43}$/);
});

it('without a limit there are no headers, and nothing is counted', async () => {
  for (let nth = 0; nth < 100; nth += 1) expect((await post(KEYS.operator, CHEAP, OFF)).status).toBe(200);
  expect((await post(KEYS.operator, CHEAP, OFF)).headers.get('ratelimit')).toBeNull();
});

it('rows of owners who have spent nothing lately are pruned', async () => {
  await app.admin.query(
    `insert into rate_limit values ('old', now() - interval '1 hour'), ('new', now() + interval '1 hour')`,
  );
  const database = new Database({ url: app.database.url, poolSize: 1, statementTimeoutMs: 60_000 });
  await new RateLimitPruner(database, silentLog, 1).prune();
  await database.close();
  const { rows } = await app.admin.query<{ key: string }>(`select key from rate_limit where key in ('old', 'new')`);
  expect(rows).toEqual([{ key: 'new' }]);
});

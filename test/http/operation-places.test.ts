import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { requestChannel, type RequestNotice, type StatementTrace } from '../../src/platform/base/channels';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { RestClient } from '../support/rest-client';
import { Subscriber } from '../support/subscriber';
import { KEYS, TestApp } from '../support/test-app';

const SITES = '{ sites { totalCount } }';
const DEVICES = '{ devices { totalCount } }';
const IMPATIENT = 1;
const START_OF_STATEMENT = 'tracing:gateway:statement:start';

let app: TestApp;
let rest: RestClient;
let secondKey: string;
const notices = new LimitNotices();

beforeAll(async () => {
  const placeLimits = {
    'operations of a credential': 2,
    'operations of a customer': 3,
    'operations in progress': 4,
    'waiting operations of a credential': 1,
    'waiting operations': 2,
  };
  app = await TestApp.start({ placeLimits, env: { METRICS_PORT: '0' } });
  await app.startInstance(
    { METRICS_PORT: '0' },
    { placeLimits: { ...placeLimits, 'operation wait, milliseconds': 1 } },
  );
  rest = new RestClient(app);
  secondKey = await createKey(app);
});
afterAll(() => app.stop());
beforeEach(() => notices.begin());
afterEach(() => notices.end());

const codesOf = async (answer: ReturnType<TestApp['query']>) => {
  const { status, errors = [] } = await answer;
  return [status, ...errors.map(({ extensions }) => extensions.code)];
};

async function gauge(name: 'running' | 'waiting', instance = 0): Promise<number> {
  const text = await (await fetch(app.metricsUrls[instance]!)).text();
  return Number(new RegExp(`^gateway_operations_${name} (\\d+)$`, 'm').exec(text)![1]);
}

const untilRunning = (count: number, instance = 0) =>
  eventually(async () => (await gauge('running', instance)) === count, `${count} operations that run`);
const untilWaiting = (count: number) =>
  eventually(async () => (await gauge('waiting')) === count, `${count} operations that wait`);

/** Operations that read the table take until the end of `work`. */
async function whileLocked(work: () => Promise<void>, table = 'site'): Promise<void> {
  await app.admin.query(`begin; lock table ${table} in access exclusive mode`);
  try {
    await work();
  } finally {
    await app.admin.query('rollback');
  }
}

it('all transports share the places of a credential; one more waits, and the next is refused', async () => {
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const results: Promise<unknown>[] = [];
  await whileLocked(async () => {
    results.push(socket.execute({ query: SITES }));
    await untilRunning(1);
    results.push(rest.get('/site'));
    await untilRunning(2);
    results.push(app.query('northside', SITES));
    await untilWaiting(1);

    const message = 'Too many of your operations run and wait. Send fewer at a time.';
    const error = { message, extensions: { code: 'RATE_LIMITED', retryAfter: 1 } };
    const refused = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS.northside}` },
      body: JSON.stringify({ query: DEVICES }),
    });
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      429,
      '1',
      { errors: [error] },
    ]);
    const problem = await rest.get('/device');
    expect(problem).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', detail: message, field: null } });
    expect(problem.headers.get('retry-after')).toBe('1');
    expect(await socket.execute({ query: DEVICES })).toMatchObject({ errors: [error] });
    expect(notices.names).toEqual(Array(3).fill('waiting operations of a credential'));

    // Another key of the customer, and another customer, have places.
    expect(await codesOf(app.query({ key: secondKey }, DEVICES))).toEqual([200]);
    expect(await codesOf(app.query('lakeview', DEVICES))).toEqual([200]);
  });
  expect(await Promise.all(results)).toMatchObject([{ data: {} }, { status: 200 }, { status: 200, data: {} }]);
  await untilRunning(0);
  await socket.close();
});

it('the keys of a customer share its places, and another customer finds one free', async () => {
  const results: Promise<unknown>[] = [];
  await whileLocked(async () => {
    results.push(app.query('northside', SITES), app.query('northside', SITES));
    await untilRunning(2);
    results.push(app.query({ key: secondKey }, SITES), app.query({ key: secondKey }, SITES));
    await untilRunning(3);
    await untilWaiting(1);
    expect(await codesOf(app.query('lakeview', DEVICES))).toEqual([200]);
  });
  expect(await Promise.all(results)).toMatchObject(Array(4).fill({ status: 200 }));
});

it('too many that wait, of all credentials, are refused', async () => {
  const results: Promise<unknown>[] = [];
  const thirdKey = await createKey(app);
  await whileLocked(async () => {
    for (const key of [KEYS.northside, secondKey]) results.push(app.query({ key }, SITES), app.query({ key }, SITES));
    await untilRunning(3);
    await untilWaiting(1);
    results.push(app.query({ key: thirdKey }, SITES));
    await untilWaiting(2);
    expect(await codesOf(app.query({ key: thirdKey }, DEVICES))).toEqual([429, 'RATE_LIMITED']);
    results.push(app.query('lakeview', SITES));
    await untilRunning(4);
    expect(await codesOf(app.query('operator', DEVICES))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(new Set(notices.names)).toEqual(new Set(['waiting operations of a credential', 'waiting operations']));
  });
  expect(await Promise.all(results)).toMatchObject(Array(6).fill({ status: 200 }));
});

it('an operation over WebSocket that its client has completed keeps its place until its work ends', async () => {
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  await whileLocked(async () => {
    for (let nth = 1; nth <= 2; nth += 1) {
      const id = socket.subscribe({ query: SITES });
      await untilRunning(nth);
      socket.send({ id, type: 'complete' });
    }
    socket.subscribe({ query: DEVICES });
    await untilWaiting(1);
    expect(await gauge('running')).toBe(2);
    expect(await codesOf(app.query('northside', DEVICES))).toEqual([429, 'RATE_LIMITED']);
  });
  await untilRunning(0);
  await socket.close();
});

it('a client over HTTP that has disconnected keeps the place until its work ends', async () => {
  await whileLocked(async () => {
    const gone = new AbortController();
    const request = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS.northside}` },
      body: JSON.stringify({ query: SITES }),
      signal: gone.signal,
    }).catch(() => undefined);
    await untilRunning(1);
    gone.abort();
    await request;
    const other = app.query('northside', SITES);
    await untilRunning(2);
    const waiting = app.query('northside', DEVICES);
    await untilWaiting(1);
    void Promise.all([other, waiting]);
  });
  await untilRunning(0);
});

describe('of a client that has gone while it waits', () => {
  const MUTATION = 'mutation { createSite(input: { name: "Gone" }) { userErrors { code } } }';
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEYS.northside}` };
  const over = (path: string, init: RequestInit) => () => {
    const gone = new AbortController();
    void fetch(`${app.url}${path}`, { headers, signal: gone.signal, ...init }).catch(() => undefined);
    return () => gone.abort();
  };
  const overSocket = (query: string) => async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.subscribe({ query });
    return () => socket.webSocket.terminate();
  };

  it.each<[what: string, begin: () => (() => void) | Promise<() => void>, line: string]>([
    ['a query', over('/graphql', { method: 'POST', body: JSON.stringify({ query: DEVICES }) }), 'request completed'],
    [
      'a mutation',
      over('/graphql', { method: 'POST', body: JSON.stringify({ query: MUTATION }) }),
      'request completed',
    ],
    ['a request of REST', over('/api/v3/device', {}), 'request completed'],
    ['a query over WebSocket', overSocket(DEVICES), 'operation completed'],
    ['a subscription', overSocket('subscription { deviceStatusChanged { cursor } }'), 'operation completed'],
  ])('%s does not begin', async (_what, begin, line) => {
    const results: Promise<unknown>[] = [];
    const from = app.log.length;
    const statements: string[] = [];
    // Not those of the operations that hold the places, and of the gateway itself.
    const counted: number[] = [];
    const count = (notice: unknown): void => void counted.push((notice as RequestNotice).status);
    subscribe(requestChannel.name, count);
    const record = (message: unknown): void => {
      const { scope, name } = message as StatementTrace;
      if (scope === 'customer' && name !== 'sites_count') statements.push(name);
    };
    await whileLocked(async () => {
      results.push(app.query('northside', SITES), app.query('northside', SITES));
      await untilRunning(2);
      const leave = await begin();
      await untilWaiting(1);
      subscribe(START_OF_STATEMENT, record);
      leave();
      await untilWaiting(0);
      // Its place in the queue is free again.
      results.push(app.query('northside', '{ viewer { role } }'));
      await untilWaiting(1);
    });
    expect(await Promise.all(results)).toMatchObject(Array(3).fill({ status: 200 }));
    await untilRunning(0);
    unsubscribe(START_OF_STATEMENT, record);
    unsubscribe(requestChannel.name, count);
    expect(statements).toEqual([]);
    const lines = () =>
      app.log
        .slice(from)
        .split('\n')
        .filter((text) => text.includes('"outcome":"CLIENT_GONE"'))
        .map((text) => JSON.parse(text) as Record<string, unknown>);
    await eventually(() => lines().length === 1, 'a line of the operation');
    const isRequest = line === 'request completed';
    expect(lines()[0]).toMatchObject({ msg: line, statements: 0, ...(isRequest && { res: { status: 499 } }) });
    expect(counted.filter((status) => status !== 200)).toEqual(isRequest ? [499] : []);
  });
});

it('who waits too long is refused: with RATE_LIMITED when its own customer is in the way', async () => {
  const results: Promise<unknown>[] = [];
  await whileLocked(async () => {
    results.push(...[1, 2].map(() => app.query('northside', SITES, {}, IMPATIENT)));
    await untilRunning(2, IMPATIENT);
    expect(await codesOf(app.query('northside', DEVICES, {}, IMPATIENT))).toEqual([429, 'RATE_LIMITED']);
    results.push(...[1, 2].map(() => app.query('lakeview', SITES, {}, IMPATIENT)));
    await untilRunning(4, IMPATIENT);
    expect(await codesOf(app.query('operator', DEVICES, {}, IMPATIENT))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });
  await Promise.all(results);
  expect(notices.names).toEqual(Array(2).fill('operation wait, milliseconds'));
});

it('events of subscriptions have places of their own, and none is lost when they wait for one', async () => {
  const subscribers: Subscriber[] = [];
  // One after the other: to subscribe takes a place of the credential.
  while (subscribers.length < 5) {
    const selection = 'deviceStatusChanged { cursor change { device { item { name } } } }';
    subscribers.push(new Subscriber(app.url, 'northside', `subscription { ${selection} }`));
    await eventually(() => app.subscribers === subscribers.length);
  }
  const change = `mutation { updateDeviceStatus(input: { deviceId: "${globalId('Device', 7)}", status: LOST }) { userErrors { code } } }`;
  await whileLocked(async () => {
    expect(await codesOf(app.query('northside', change))).toEqual([200]);
    await untilRunning(3);
    await untilWaiting(2);
    expect(await codesOf(app.query('northside', DEVICES))).toEqual([200]);
  }, 'item');
  for (const subscriber of subscribers) await subscriber.count(1);
  await untilRunning(0);
  for (const subscriber of subscribers) await subscriber.stop();
});

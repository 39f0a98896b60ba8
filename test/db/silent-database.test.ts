import { eventually } from '../support/eventually';
import { CHANGES, type ChangeSubscriber } from '../support/live-fixture';
import { Subscriber } from '../support/subscriber';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

const DEVICES = '{ devices { totalCount } }';
const PROBE_MS = 400;

let webhooks: WebhookFixture;
let app: TestApp;
let proxy: TcpProxy;

beforeAll(async () => {
  webhooks = await WebhookFixture.start({ instances: 0, connections: { probeTimeoutMs: PROBE_MS } });
  app = webhooks.app;
  proxy = await TcpProxy.start(app.database.url);
  // A statement may take ten minutes: its own time limit does not help.
  await webhooks.startInstance({ DATABASE_URL: proxy.url });
});
afterAll(async () => {
  await proxy.stop();
  await webhooks.stop();
});

afterEach(() => proxy.up());

async function readiness(): Promise<{ status: number; reason?: string }> {
  const response = await fetch(`${app.url}/readyz`);
  return { ...((await response.json()) as object), status: response.status };
}

const untilReady = () => eventually(async () => (await readiness()).status === 200, 'the gateway to be ready');
const untilNotReady = () => eventually(async () => (await readiness()).status === 503, 'the gateway to be not ready');

async function rest(path: string): Promise<{ status: number; code: unknown }> {
  const response = await fetch(`${app.url}/api/v3${path}`, { headers: { authorization: 'Bearer demo-northside' } });
  return { status: response.status, code: ((await response.json()) as { code?: unknown }).code };
}

const codeOf = async (response: ReturnType<TestApp['query']>) =>
  (await response).errors?.map(({ extensions }) => extensions.code);

/** The names that connections gave, of those that were never answered. */
const askers = () =>
  Buffer.concat(proxy.swallowed)
    .toString('latin1')
    .match(/device-gateway [a-z]+/g) ?? [];

it('a database that says nothing is noticed, callers are refused at once, and all works again afterwards', async () => {
  const { path } = await webhooks.endpoint();
  const subscriber: ChangeSubscriber = new Subscriber(app.url, 'northside', CHANGES);
  await eventually(() => app.subscribers === 1);
  await webhooks.changeDevice('before');
  await subscriber.count(1);
  await webhooks.receiver.count(path, 1);

  proxy.blackHole();
  // One that was sent in vain, and callers that wait for the connections of others.
  const inVain = Array.from({ length: 12 }, () => codeOf(app.query('northside', DEVICES)));
  const mutation = codeOf(
    app.query('northside', 'mutation { createSite(input: { name: "In vain" }) { userErrors { code } } }'),
  );
  await untilNotReady();
  expect(await readiness()).toMatchObject({ reason: 'the database does not respond' });
  for (const codes of await Promise.all([...inVain, mutation])) expect(codes).toEqual(['SERVICE_UNAVAILABLE']);

  // From here on only probes ask the database.
  proxy.swallowed.length = 0;
  for (let nth = 0; nth < 20; nth += 1)
    expect(await codeOf(app.query('northside', DEVICES))).toEqual(['SERVICE_UNAVAILABLE']);
  expect(await rest('/device')).toEqual({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  expect(askers().filter((name) => !/ (?:probe|listen)$/.test(name))).toEqual([]);

  proxy.up();
  await untilReady();
  await app.data('northside', DEVICES);
  expect((await rest('/device')).status).toBe(200);
  await webhooks.changeDevice('after');
  await subscriber.count(2);
  await webhooks.receiver.count(path, 2);
  expect(subscriber.received.map(({ data }) => data?.deviceStatusChanged.change.note)).toEqual(['before', 'after']);
  expect(app.log).toMatch(/the database does not respond.*the database responds again/s);
  await subscriber.stop();
});

it('a statement without a response fails soon after its time limit, and silent connections are replaced', async () => {
  await untilReady();
  const other = await TcpProxy.start(app.database.url);
  await webhooks.startInstance({ DATABASE_URL: other.url, STATEMENT_TIMEOUT_MS: '1000' });
  try {
    await app.data('northside', DEVICES, {}, 1);
    other.withholdReplies();
    expect(await codeOf(app.query('northside', DEVICES, {}, 1))).toEqual(['SERVICE_UNAVAILABLE']);
    await app.data('northside', DEVICES, {}, 1);
  } finally {
    await other.stop();
  }
});

it('connections are recycled, so that a name that leads elsewhere is followed although the old place responds', async () => {
  const [old, current] = [await TcpProxy.start(app.database.url), await TcpProxy.start(app.database.url)];
  const name = await TcpProxy.start(old.url);
  const instance = app.urls.length;
  await app.startInstance({ DATABASE_URL: name.url }, { connections: { connectionLifetimeMs: 500 } });
  try {
    await app.data('northside', DEVICES, {}, instance);
    expect(old.open).toBeGreaterThan(0);
    name.retarget(current.url);
    await eventually(() => old.open === 0, 'all connections to be replaced, also the one that listens');
    await app.data('northside', DEVICES, {}, instance);
    expect(current.open).toBeGreaterThan(0);
  } finally {
    await Promise.all([name.stop(), old.stop(), current.stop()]);
  }
});

it('callers that wait for the connections of others are told that the database does not respond, not to send less', async () => {
  const other = await TcpProxy.start(app.database.url);
  const instance = app.urls.length;
  const waits = { 'connection wait, milliseconds': 200 };
  await app.startInstance({ DATABASE_URL: other.url }, { connections: { probeTimeoutMs: PROBE_MS, waits } });
  try {
    await app.data('northside', DEVICES, {}, instance);
    other.blackHole();
    const codes = await Promise.all(
      Array.from({ length: 12 }, () => codeOf(app.query('northside', DEVICES, {}, instance))),
    );
    expect(codes).toEqual(Array(12).fill(['SERVICE_UNAVAILABLE']));
  } finally {
    await other.stop();
  }
});

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import { isRunning } from '../postgres/embedded-postgres.harness';
import { eventually } from '../support/eventually';
import { GatewayBuild, NO_LIMIT_MS, type GatewayProcess } from '../support/gateway-process';
import { RawSocket } from '../support/raw-socket';

const OVERRIDE =
  'mutation ($id: ID!, $status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: $id, status: $status }) { device { currentStatus } userErrors { code } } }';
const KEY = generateApiKey();
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
/** Time limits of a shutdown: for running operations, and in total. */
const DRAIN_MS = 5_000;
const EXIT_MS = 9_500;
/** Maximum time in which the process must exit. */
const MAX_STOP_MS = 10_000;

let build: GatewayBuild;
let gateway: GatewayProcess;
/** Ids of two devices of Northside. */
let devices: string[];
beforeAll(async () => {
  build = await GatewayBuild.make();
  gateway = await start({ [DRAIN_MS]: NO_LIMIT_MS });
  const { client } = await openDatabase();
  await client.query(`insert into customer (name) values ('Northside')`);
  await client.query(`insert into site (customer_id, name) values (1, 'A place')`);
  await client.query(`insert into item (name, reading_kinds) values ('Cuff', '{}')`);
  await client.query(`insert into api_key (customer_id, name, role, secret_hash) values (1, 'a test', 'ADMIN', $1)`, [
    hashApiKey(KEY),
  ]);
  const { rows } = await client.query<{ id: string }>(
    `insert into device (customer_id, item_id, current_status, site_customer_id, site_id)
     select 1, item.id, 'AVAILABLE_AT_SITE', 1, site.id from item, site, generate_series(1, 2) returning device.id`,
  );
  devices = rows.map(({ id }) => id);
  await client.end();
});
afterAll(() => build.remove());

/** Starts without demo data, whose creation takes seconds. */
const start = (timeLimits = {}): Promise<GatewayProcess> =>
  build.start({ DEMO: 'off' }, { [EXIT_MS]: NO_LIMIT_MS, ...timeLimits });

async function gone(pid: number): Promise<void> {
  await eventually(async () => !(await isRunning(pid)), `the end of process ${pid}`);
}

async function post(query: string, variables = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: await response.json() };
}

const statusOf = async (id: string): Promise<unknown> =>
  (await post('query ($id: ID!) { device(id: $id) { currentStatus } }', { id })).body;

/** The pid of the embedded database, and a connection as superuser. */
async function openDatabase(): Promise<{ pid: number; client: Client }> {
  const line = /^\{.*"msg":"embedded PostgreSQL (?:started|adopted)".*\}$/m.exec(gateway.output)![0];
  const { port, pid, dataDir } = JSON.parse(line) as { port: number; pid: number; dataDir: string };
  const password = await readFile(join(dataDir, 'password'), 'utf8');
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'gateway' });
  client.on('error', () => undefined); // the server stops before the client
  await client.connect();
  return { pid, client };
}

/** Resolves when this number of statements waits for the test's lock. */
const waiting = (client: Client, count: number): Promise<unknown> =>
  eventually(async () => {
    await client.query('select pg_stat_clear_snapshot()'); // otherwise the view does not change within a transaction
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'`,
    );
    return rows[0]!.count === count;
  }, `${count} statements that wait for a lock`);

/** A kept-alive connection after one request. */
async function idleConnection(): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

/** A subscriber that does not read. */
async function silentSocket(): Promise<RawSocket> {
  const socket = await RawSocket.connect(gateway.url, KEY);
  socket.subscribe({ query: 'subscription { deviceStatusChanged { cursor } }' });
  socket.webSocket.pause();
  return socket;
}

it('running operations finish during a shutdown, and new ones are rejected', async () => {
  const [first, second] = devices;
  const { pid, client } = await openDatabase();
  const idle = await idleConnection();
  const silent = await silentSocket();
  const subscriber = await RawSocket.connect(gateway.url, KEY);
  subscriber.subscribe({ query: 'subscription { deviceStatusChanged { cursor } }' });
  const busy = await RawSocket.connect(gateway.url, KEY);
  await client.query('begin');
  await client.query('select from device where id = any($1) for update', [[first, second]]);
  const overHttp = post(OVERRIDE, { id: first, status: 'LOST' });
  const overSocket = busy.execute({ query: OVERRIDE, variables: { id: second, status: 'LOST' } });
  await waiting(client, 2);

  const stopped = gateway.end('SIGTERM');
  const readiness = await eventually(async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    return response.status === 503 && response.json();
  });
  expect(readiness).toEqual({ status: 'unavailable', reason: 'stopping' });
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await post('{ viewer { role } }')).toEqual({
    status: 503,
    body: {
      errors: [{ message: 'The server is shutting down. Try again.', extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    },
  });
  expect(await busy.execute({ query: '{ viewer { role } }' })).toMatchObject({
    errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  });
  expect(await subscriber.untilClosed()).toEqual({ code: 1001, reason: 'Going away' });
  expect([gateway.hasExited, busy.closed]).toEqual([false, undefined]);

  await client.query('rollback');
  const changed = { updateDeviceStatus: { device: { currentStatus: 'LOST' }, userErrors: [] } };
  expect(await overHttp).toEqual({ status: 200, body: { data: changed } });
  expect(await overSocket).toEqual({ data: changed });
  expect(await busy.untilClosed()).toEqual({ code: 1001, reason: 'Going away' });
  // Without `complete`, the client would assume that the mutation failed, and repeat it.
  expect(busy.messages.filter(({ type }) => type === 'complete')).toHaveLength(1);
  // Neither the client that does not read nor the idle one delays the exit.
  expect(await stopped).toEqual({ code: 0, signal: null });
  await gone(pid);
  idle.destroy();
  silent.webSocket.terminate();
});

it('a killed gateway starts again with its database', async () => {
  gateway = await start();
  expect(await statusOf(devices[0]!)).toEqual({ data: { device: { currentStatus: 'LOST' } } });
  await post(OVERRIDE, { id: devices[0], status: 'DECOMMISSIONED' });
  expect(await gateway.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
});

it('the process exits in time even if an operation hangs', async () => {
  expect(EXIT_MS).toBeLessThan(MAX_STOP_MS);
  gateway = await start({ [DRAIN_MS]: NO_LIMIT_MS, [EXIT_MS]: 1 });
  expect(gateway.output).toContain('embedded PostgreSQL adopted');
  expect(await statusOf(devices[0]!)).toEqual({ data: { device: { currentStatus: 'DECOMMISSIONED' } } });
  const { client } = await openDatabase();
  const assertAborted = await hangingOperation(client);

  expect(await gateway.end('SIGTERM')).toEqual({ code: 1, signal: null });
  await assertAborted();
  await client.query('rollback');
  await client.end();
});

it('Ctrl-C stops the gateway and its database even if an operation hangs', async () => {
  gateway = await start({ [DRAIN_MS]: 1 });
  expect(gateway.output).toContain('embedded PostgreSQL adopted');
  expect(await statusOf(devices[1]!)).toEqual({ data: { device: { currentStatus: 'LOST' } } });
  const { pid, client } = await openDatabase();
  const silent = await silentSocket();
  const assertAborted = await hangingOperation(client);

  expect(await gateway.end('SIGINT')).toEqual({ code: 0, signal: null });
  await assertAborted();
  await gone(pid);
  await client.end().catch(() => undefined);
  silent.webSocket.terminate();
});

/** Starts an operation that waits for a lock of the client's transaction. @returns asserts that it was aborted */
async function hangingOperation(client: Client): Promise<() => Promise<void>> {
  await client.query('begin');
  await client.query('select from device where id = $1 for update', [devices[1]]);
  const response = post(OVERRIDE, { id: devices[1], status: 'DECOMMISSIONED' });
  const aborted = expect(response).rejects.toThrow('fetch failed');
  await waiting(client, 1);
  return () => aborted;
}

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
/** The limits of a gateway that stops: for operations under way, and for all of it. */
const DRAIN_MS = 5_000;
const EXIT_MS = 9_500;
/** The process must exit within this time, whatever clients do. */
const MAX_STOP_MS = 10_000;

let build: GatewayBuild;
let gateway: GatewayProcess;
/** Two of Northside's. */
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

/** On the data of the file, without the demo data, which takes seconds to make. */
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

/** The embedded database: its process, and a connection as its superuser. */
async function openDatabase(): Promise<{ pid: number; client: Client }> {
  const line = /^\{.*"msg":"embedded PostgreSQL (?:started|adopted)".*\}$/m.exec(gateway.output)![0];
  const { port, pid, dataDir } = JSON.parse(line) as { port: number; pid: number; dataDir: string };
  const password = await readFile(join(dataDir, 'password'), 'utf8');
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'gateway' });
  client.on('error', () => undefined); // the server goes before the client does
  await client.connect();
  return { pid, client };
}

/** Waits until this many statements of operations wait for the lock that the test holds. */
const waiting = (client: Client, count: number): Promise<unknown> =>
  eventually(async () => {
    await client.query('select pg_stat_clear_snapshot()'); // within one transaction the view stays as it was first read
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'`,
    );
    return rows[0]!.count === count;
  }, `${count} statements that wait for a lock`);

/** A connection that asked once, was answered, and stays. */
async function idleConnection(): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

/** A subscriber who never reads again. */
async function deafSocket(): Promise<RawSocket> {
  const socket = await RawSocket.connect(gateway.url, KEY);
  socket.subscribe({ query: 'subscription { deviceStatusChanged { cursor } }' });
  socket.webSocket.pause();
  return socket;
}

it('lets running operations finish when it is told to stop, and takes no others', async () => {
  const [first, second] = devices;
  const { pid, client } = await openDatabase();
  const idle = await idleConnection();
  const deaf = await deafSocket();
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
  // Without it the client would think that the mutation was not done, and send it again.
  expect(busy.messages.filter(({ type }) => type === 'complete')).toHaveLength(1);
  // Neither the deaf client nor the idle one keeps it.
  expect(await stopped).toEqual({ code: 0, signal: null });
  await gone(pid);
  idle.destroy();
  deaf.webSocket.terminate();
});

it('starts again after it was killed, with the database that it left behind', async () => {
  gateway = await start();
  expect(await statusOf(devices[0]!)).toEqual({ data: { device: { currentStatus: 'LOST' } } });
  await post(OVERRIDE, { id: devices[0], status: 'DECOMMISSIONED' });
  expect(await gateway.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
});

it('is out in time whatever hangs', async () => {
  expect(EXIT_MS).toBeLessThan(MAX_STOP_MS);
  gateway = await start({ [DRAIN_MS]: NO_LIMIT_MS, [EXIT_MS]: 1 });
  expect(gateway.output).toContain('embedded PostgreSQL adopted');
  expect(await statusOf(devices[0]!)).toEqual({ data: { device: { currentStatus: 'DECOMMISSIONED' } } });
  const { client } = await openDatabase();
  const cutOff = await hangingOperation(client);

  expect(await gateway.end('SIGTERM')).toEqual({ code: 1, signal: null });
  await cutOff();
  await client.query('rollback');
  await client.end();
});

it('stops with its database on Ctrl-C, also when an operation does not end', async () => {
  gateway = await start({ [DRAIN_MS]: 1 });
  expect(gateway.output).toContain('embedded PostgreSQL adopted');
  expect(await statusOf(devices[1]!)).toEqual({ data: { device: { currentStatus: 'LOST' } } });
  const { pid, client } = await openDatabase();
  const deaf = await deafSocket();
  const cutOff = await hangingOperation(client);

  expect(await gateway.end('SIGINT')).toEqual({ code: 0, signal: null });
  await cutOff();
  await gone(pid);
  await client.end().catch(() => undefined);
  deaf.webSocket.terminate();
});

/** An operation that waits for a lock of the client's transaction. @returns asserts that it was cut off */
async function hangingOperation(client: Client): Promise<() => Promise<void>> {
  await client.query('begin');
  await client.query('select from device where id = $1 for update', [devices[1]]);
  const answer = post(OVERRIDE, { id: devices[1], status: 'DECOMMISSIONED' });
  const cutOff = expect(answer).rejects.toThrow('fetch failed');
  await waiting(client, 1);
  return () => cutOff;
}

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { gone } from '../db/embedded-postgres.harness';
import { eventually } from '../support/eventually';
import { GatewayBuild, type GatewayProcess } from '../support/gateway-process';
import { RawSocket } from '../support/raw-socket';
import { KEYS } from '../support/test-app';

const OVERRIDE =
  'mutation ($id: ID!, $status: DeviceStatus!) { updateDeviceStatus(input: { deviceId: $id, status: $status }) { device { currentStatus } userErrors { code } } }';
const HEADERS = { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' };
/** The issue's: out within this time, whatever clients do. */
const MAX_STOP_MS = 10_000;

let build: GatewayBuild;
let gateway: GatewayProcess;
beforeAll(async () => {
  build = await GatewayBuild.make();
}, 25_000);
afterAll(() => build.remove(), 30_000);

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
const waiting = (client: Client, count: number): Promise<true> =>
  eventually(async () => {
    await client.query('select pg_stat_clear_snapshot()'); // within one transaction the view stays as it was first read
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'`,
    );
    return rows[0]!.count === count || undefined;
  }).then(() => true);

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
  const socket = await RawSocket.connect(gateway.url, KEYS.northside);
  socket.subscribe({ query: 'subscription { deviceStatusChanged { id } }' });
  socket.webSocket.pause();
  return socket;
}

/** Changed in the first test, for the later ones to find. */
let changedDevice: string;

it('lets running operations finish when it is told to stop, and takes no others', async () => {
  gateway = await build.start();
  const { body } = await post('{ devices(first: 2, filter: { status: AVAILABLE_AT_SITE }) { nodes { databaseId } } }');
  const [first, second] = (body as { data: { devices: { nodes: { databaseId: string }[] } } }).data.devices.nodes.map(
    ({ databaseId }) => databaseId,
  );
  const { pid, client } = await openDatabase();
  const idle = await idleConnection();
  const deaf = await deafSocket();
  const subscriber = await RawSocket.connect(gateway.url, KEYS.northside);
  subscriber.subscribe({ query: 'subscription { deviceStatusChanged { id } }' });
  const busy = await RawSocket.connect(gateway.url, KEYS.northside);
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
    body: { errors: [{ message: 'This server is stopping: try again.', extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
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
  changedDevice = first!;
  const { code, ms } = await stopped;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(MAX_STOP_MS);
  await gone(pid);
  idle.destroy();
  deaf.webSocket.terminate();
}, 25_000);

it('starts again with its data, and stops in time on Ctrl-C also when an operation does not end', async () => {
  gateway = await build.start();
  expect(await statusOf(changedDevice)).toEqual({ data: { device: { currentStatus: 'LOST' } } });
  const { pid, client } = await openDatabase();
  const deaf = await deafSocket();
  await client.query('begin');
  await client.query('select from device where id = $1 for update', [changedDevice]);
  const cutOff = post(OVERRIDE, { id: changedDevice, status: 'DECOMMISSIONED' }).catch(() => 'cut off');
  await waiting(client, 1);

  const { code, ms } = await gateway.end('SIGINT');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(MAX_STOP_MS);
  expect(await cutOff).toBe('cut off');
  await gone(pid);
  await client.end().catch(() => undefined);
  deaf.webSocket.terminate();
}, 25_000);

it('starts again after it was killed, with the database that it left behind, and stops both', async () => {
  gateway = await build.start();
  await post(OVERRIDE, { id: changedDevice, status: 'DECOMMISSIONED' });
  const { pid, client } = await openDatabase();
  await client.end();
  expect(await gateway.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

  gateway = await build.start();
  expect(gateway.output).toContain('embedded PostgreSQL adopted');
  expect(await statusOf(changedDevice)).toEqual({ data: { device: { currentStatus: 'DECOMMISSIONED' } } });
  expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0 });
  await gone(pid);
}, 25_000);

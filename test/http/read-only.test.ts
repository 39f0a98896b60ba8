import { Database } from '../../src/platform/db/database';
import type { StreamLog } from '../../src/platform/db/stream-log';
import { WriteWatch } from '../../src/platform/db/write-watch';
import { eventually } from '../support/eventually';
import { TestApp } from '../support/test-app';

const OVERRIDE =
  'mutation ($status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: 1, status: $status }) { device { currentStatus } userErrors { code } } }';

let app: TestApp;
beforeEach(async () => {
  app = await TestApp.start();
});
afterEach(() => app.stop());

async function readiness(): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${app.url}/readyz`);
  return { status: response.status, body: await response.json() };
}

const UNREADY = { status: 503, body: { status: 'unavailable', reason: 'the database is read-only' } };

/** For new sessions only. */
const setReadOnly = (isReadOnly: boolean) =>
  app.admin.query(
    `alter database ${app.database.name} ${isReadOnly ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'}`,
  );

/** Ends sessions of the gateway, as a failover does. */
const endSessions = (name: string) =>
  app.admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like $1`,
    [name],
  );

async function override(status: string) {
  const { data, errors } = await app.query('northside', OVERRIDE, { status });
  return errors?.[0]!.extensions.code ?? (data.updateDeviceStatus as { device: unknown }).device;
}

it('a database that turns read-only: 503 without a write, reads are served, writes are SERVICE_UNAVAILABLE, and all works afterwards', async () => {
  await setReadOnly(true);
  await endSessions('device-gateway%');
  await eventually(async () => (await readiness()).status === 503);
  await eventually(async () => JSON.stringify(await readiness()) === JSON.stringify(UNREADY));
  expect((await app.data('northside', '{ device(id: 1) { databaseId } }')).device).toEqual({ databaseId: '1' });
  expect(await override('LOST')).toBe('SERVICE_UNAVAILABLE');
  expect(app.log).toContain('"why":"the database is read-only","msg":"the database accepts no writes"');

  // The sessions of the gateway stay read-only. It replaces them.
  await setReadOnly(false);
  await eventually(async () => (await readiness()).status === 200);
  expect(await override('LOST')).toEqual({ currentStatus: 'LOST' });
  expect(app.log).toContain('"msg":"the database accepts writes again"');
});

it('a refused write is noticed at once, and its connection is not used again', async () => {
  await override('LOST'); // opens a connection
  await setReadOnly(true);
  await endSessions('device-gateway customer');
  // The first statement may find a session that has just ended.
  await eventually(async () => {
    expect(await override('DECOMMISSIONED')).toBe('SERVICE_UNAVAILABLE');
    return app.log.includes('"sqlState":"25006"');
  });
  expect(app.log).toContain('"msg":"the database accepts no writes"');
  await setReadOnly(false);
  await eventually(async () => typeof (await override('DECOMMISSIONED')) === 'object');
});

it('the watch finds out without a write, and recovers on a new connection', async () => {
  const database = new Database({ url: app.database.url, poolSize: 1, statementTimeoutMs: 10_000 });
  const lines: string[] = [];
  const add = (_fields: unknown, message?: string) => void lines.push(message ?? '');
  const watch = new WriteWatch(database, { info: add, warn: add, error: add } as StreamLog);
  await setReadOnly(true);
  watch.start();
  try {
    await eventually(() => watch.refusal === 'the database is read-only');
    await setReadOnly(false);
    await eventually(() => watch.refusal === undefined);
    expect(lines).toEqual(['the database accepts no writes', 'the database accepts writes again']);
  } finally {
    await watch.stop();
    await database.close();
  }
});

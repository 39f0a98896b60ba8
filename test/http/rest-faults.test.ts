import { faultLines } from '../support/fault-lines';
import { eventually } from '../support/eventually';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';
import type { Problem } from '../../src/platform/rest/problem';

const BLOCK = '/device/disable-readings';
const ERROR_ID = /Error id: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Indexes of the instances: with a proxy before the database, and with a single connection. */
const BEHIND_PROXY = 1;
const SINGLE = 2;

let app: TestApp;
let rest: RestClient;
let proxy: TcpProxy;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  proxy = await TcpProxy.start(app.database.url);
  await app.startInstance({ DATABASE_URL: proxy.url });
  await app.startInstance({ DATABASE_POOL_SIZE: '1', STATEMENT_TIMEOUT_MS: '400' });
});
afterAll(async () => {
  await proxy.stop();
  await app.stop();
});

const get = (instance = 0): Promise<RestAnswer<Problem>> => rest.get<Problem>('/device/1', { instance });
const block = (deviceId: number, instance = 0): Promise<RestAnswer<Problem>> =>
  rest.patch<Problem>(BLOCK, { deviceId }, { instance });

/** Asserts a problem with an error id, and that the fault is logged once with it. */
function expectFault({ status, body }: RestAnswer<Problem>, expected: number, code: string, err: object): void {
  expect({ answered: status, ...body }).toMatchObject({ answered: expected, status: expected, code, field: null });
  expect(body.errors).toEqual([{ code, detail: body.detail, field: null }]);
  const [, errorId] = ERROR_ID.exec(body.detail)!;
  expect(faultLines(app.log, errorId!)).toEqual([
    expect.objectContaining({ level: 'error', msg: 'operation failed', err: expect.objectContaining(err) as object }),
  ]);
}

async function versionOf(id: number): Promise<number> {
  return (await app.admin.query<{ version: number }>('select version from device where id = $1', [id])).rows[0]!
    .version;
}

it('an internal error is masked and logged once with its id', async () => {
  await app.admin.query('alter table site rename column name to title');
  try {
    expectFault(await get(), 500, 'INTERNAL_SERVER_ERROR', { sqlState: '42703' });
    expectFault(await rest.get<Problem>('/device'), 500, 'INTERNAL_SERVER_ERROR', { sqlState: '42703' });
  } finally {
    await app.admin.query('alter table site rename column title to name');
  }
  expect((await get()).status).toBe(200);
});

it('a failure of several loads of one page is logged once for each cause, and answered once', async () => {
  await app.admin.query('alter table item rename column name to title');
  try {
    expectFault(await rest.get<Problem>('/device?size=100'), 500, 'INTERNAL_SERVER_ERROR', { sqlState: '42703' });
  } finally {
    await app.admin.query('alter table item rename column title to name');
  }
});

it('a canceled statement is SERVICE_UNAVAILABLE, and nothing is written', async () => {
  const before = await versionOf(3);
  await app.admin.query('begin');
  await app.admin.query('select from device where id = 3 for update');
  try {
    const answer = block(3);
    // Cancels the statement as statement_timeout does.
    await eventually(async () => {
      await app.admin.query('select pg_stat_clear_snapshot()'); // otherwise the view does not change within a transaction
      const { rowCount } = await app.admin.query(
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    expectFault(await answer, 503, 'SERVICE_UNAVAILABLE', { sqlState: '57014' });
  } finally {
    await app.admin.query('rollback');
  }
  expect(await versionOf(3)).toBe(before);
});

it('while the only connection is busy, requests wait, and time out as SERVICE_UNAVAILABLE or are served', async () => {
  await app.admin.query('begin');
  await app.admin.query('select from device where id = 4 for update');
  const waiting = block(4, SINGLE);
  const others = [get(SINGLE), get(SINGLE), get(SINGLE)];
  expectFault(await waiting, 503, 'SERVICE_UNAVAILABLE', { sqlState: '57014' });
  await app.admin.query('rollback');
  for (const answer of await Promise.all(others)) expect([200, 503]).toContain(answer.status);
  expect(await eventually(async () => (await get(SINGLE)).status === 200)).toBe(true);
});

it('a transaction that fails repeatedly is an internal error', async () => {
  await app.admin.query(`create function fail() returns trigger language plpgsql as
    $$ begin raise exception 'failed' using errcode = '40001'; end $$;
    create trigger fail before insert on event for each statement execute function fail()`);
  try {
    expectFault(await block(5), 500, 'INTERNAL_SERVER_ERROR', { sqlState: '40001' });
  } finally {
    await app.admin.query('drop trigger fail on event');
  }
});

it('a database that is down is SERVICE_UNAVAILABLE for reads, writes and the check of the key, and all works afterwards', async () => {
  expect((await get(BEHIND_PROXY)).status).toBe(200);
  proxy.down();
  try {
    for (const answer of [await get(BEHIND_PROXY), await block(6, BEHIND_PROXY)]) {
      expect(answer).toMatchObject({ status: 503, body: { status: 503, code: 'SERVICE_UNAVAILABLE', field: null } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
    const unknown = await rest.get<Problem>('/device/1', { instance: BEHIND_PROXY, caller: { key: 'not-known-yet' } });
    expect([401, 503]).toContain(unknown.status);
  } finally {
    proxy.up();
  }
  await eventually(async () => (await get(BEHIND_PROXY)).status === 200);
  expect((await versionOf(6)) > 0).toBe(true);
});

describe('a connection that is lost during COMMIT', () => {
  beforeAll(() =>
    app.admin.query(`
      create function wait_for_test() returns trigger language plpgsql as $$
        begin perform pg_advisory_xact_lock(1); return null; end $$;
      create constraint trigger wait after insert on device_status_change deferrable initially deferred
        for each row execute function wait_for_test()`),
  );
  beforeEach(() => app.admin.query('select pg_advisory_lock(1)'));
  afterEach(() => app.admin.query('select pg_advisory_unlock_all()'));
  afterAll(() => app.admin.query('drop trigger wait on device_status_change'));

  const cutAtCommit = async (): Promise<void> => {
    await eventually(async () => {
      const { rowCount } = await app.admin.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like 'COMMIT%'`,
      );
      return (rowCount ?? 0) > 0;
    });
    proxy.down();
    proxy.up();
    await app.admin.query('select pg_advisory_unlock_all()');
  };

  it('is OUTCOME_UNKNOWN, with the header that makes it safe to repeat', async () => {
    const answer = block(7, BEHIND_PROXY);
    await cutAtCommit();
    const { status, body, headers } = await answer;
    expect({ status, body }).toMatchObject({ status: 500, body: { code: 'OUTCOME_UNKNOWN', field: null } });
    expect(body.detail).toContain('A call with an Idempotency-Key can be sent again.');
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const [, errorId] = ERROR_ID.exec(body.detail)!;
    expect(faultLines(app.log, errorId!)).toHaveLength(1);
  });

  it('does not matter with an Idempotency-Key: the call is settled', async () => {
    const before = await versionOf(8);
    const answer = rest.patch(
      BLOCK,
      { deviceId: 8 },
      { instance: BEHIND_PROXY, headers: { 'Idempotency-Key': 'lost commit' } },
    );
    await cutAtCommit();
    expect(await answer).toMatchObject({ status: 200, body: { id: 8, currentStatus: 'decommissioned' } });
    expect(await versionOf(8)).toBe(before + 1);
  });
});

it('a read-only database serves reads, and writes are SERVICE_UNAVAILABLE', async () => {
  const setReadOnly = (isReadOnly: boolean) =>
    app.admin.query(
      `alter database ${app.database.name} ${isReadOnly ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'}`,
    );
  await setReadOnly(true);
  await app.admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'device-gateway%'`,
  );
  await eventually(async () => (await get()).status === 200);
  await eventually(async () => {
    const { status, body } = await block(9);
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    return app.log.includes('"sqlState":"25006"');
  });
  await setReadOnly(false);
  await eventually(async () => (await block(9)).status === 200);
});

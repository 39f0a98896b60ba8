import { faultLines } from '../support/fault-lines';
import { eventually } from '../support/eventually';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { Subscriber } from '../support/subscriber';
import { KEYS, TestApp, type GraphqlError } from '../support/test-app';

const DEVICE = '{ device(id: 1) { id site { name } } viewer { role } }';
const OVERRIDE =
  'mutation ($status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: 1, status: $status }) { device { currentStatus } userErrors { code } } }';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let app: TestApp;
let socket: RawSocket;
let deviceId: string;
beforeAll(async () => {
  app = await TestApp.start();
  deviceId = (await app.data<{ device: { id: string } }>('northside', '{ device(id: 1) { id } }')).device.id;
  socket = await RawSocket.connect(app.url, KEYS.northside);
});
afterAll(async () => {
  await socket.close();
  await app.stop();
});

const overHttp = async (query: string, variables = {}): Promise<SocketResult> => {
  const { data, errors } = await app.query('northside', query, variables);
  return { data, errors };
};
const overSocket = (query: string, variables = {}): Promise<SocketResult> => socket.execute({ query, variables });
const TRANSPORTS = [
  ['HTTP', overHttp],
  ['WebSocket', overSocket],
] as const;

async function version(): Promise<number> {
  return (await app.data<{ device: { version: number } }>('northside', '{ device(id: 1) { version } }')).device.version;
}

function logged({ extensions }: GraphqlError): Record<string, unknown>[] {
  expect(extensions.errorId).toMatch(UUID);
  return faultLines(app.log, String(extensions.errorId));
}

describe.each(TRANSPORTS)('over %s', (_transport, execute) => {
  it('an internal error is masked and logged with its id, and other fields are returned', async () => {
    await app.admin.query('alter table site rename column name to title');
    try {
      const { data, errors } = await execute(DEVICE);
      expect(data).toEqual({ device: { id: deviceId, site: null }, viewer: { role: 'ADMIN' } });
      expect(errors).toEqual([
        {
          message: `Internal server error. Error id: ${String(errors![0]!.extensions.errorId)}`,
          path: ['device', 'site'],
          locations: [{ line: 1, column: 22 }],
          extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: errors![0]!.extensions.errorId },
        },
      ]);
      expect(logged(errors![0]!)).toEqual([
        expect.objectContaining({
          level: 'error',
          msg: 'operation failed',
          err: expect.objectContaining({ sqlState: '42703' }) as object,
        }),
      ]);
    } finally {
      await app.admin.query('alter table site rename column title to name');
    }
    expect((await execute(DEVICE)).errors).toBeUndefined();
  });

  it('a canceled statement, as by the statement timeout, is SERVICE_UNAVAILABLE', async () => {
    await app.admin.query('begin');
    await app.admin.query('select from device where id = 1 for update');
    try {
      const result = execute(OVERRIDE, { status: 'LOST' });
      // Cancels the statement as statement_timeout does.
      await eventually(cancelStatement, 'a statement that waits for a lock');
      const { errors } = await result;
      expect(errors).toMatchObject([{ path: ['updateDeviceStatus'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
      expect(logged(errors![0]!)).toMatchObject([{ err: { sqlState: '57014' } }]);
    } finally {
      await app.admin.query('rollback');
    }
    expect((await overHttp('{ device(id: 1) { currentStatus } }')).data).toEqual({
      device: { currentStatus: 'AVAILABLE_AT_SITE' },
    });
  });

  it.each(['40001', '40P01'])(
    'a transaction that fails with %s is repeated and has its effect once',
    async (sqlState) => {
      const before = await version();
      await failTransactions(sqlState, 2);
      try {
        const { data, errors } = await execute(OVERRIDE, { status: 'LOST' });
        expect(errors).toBeUndefined();
        expect(data).toEqual({ updateDeviceStatus: { device: { currentStatus: 'LOST' }, userErrors: [] } });
      } finally {
        await failTransactions(sqlState, 0);
      }
      expect(await version()).toBe(before + 1);
      await execute(OVERRIDE, { status: 'AVAILABLE_AT_SITE' });
    },
  );

  it('a transaction that fails repeatedly is an internal error', async () => {
    await failTransactions('40001', 1_000);
    try {
      const { errors } = await execute(OVERRIDE, { status: 'LOST' });
      expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
      expect(logged(errors![0]!)).toMatchObject([{ err: { sqlState: '40001' } }]);
    } finally {
      await failTransactions('40001', 0);
    }
  });
});

it('an internal error in one event of a subscription is masked and logged with its id, and ends the subscription', async () => {
  const subscriber = new Subscriber(
    app.url,
    'northside',
    'subscription { deviceStatusChanged { change { status device { site { name } } } } }',
  );
  await eventually(() => app.subscribers === 1);
  await app.admin.query('alter table site rename column name to title');
  try {
    await overHttp(OVERRIDE, { status: 'LOST' });
    await subscriber.count(1);
  } finally {
    await app.admin.query('alter table site rename column title to name');
  }
  const { data, errors } = subscriber.received[0]!;
  expect(data ?? null).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  expect(logged(errors![0] as GraphqlError)).toHaveLength(1);
  await eventually(() => app.subscribers === 0);
  await subscriber.stop();
});

/** Cancels the statement that waits for a lock. @returns false if there is none yet */
async function cancelStatement(): Promise<boolean> {
  await app.admin.query('select pg_stat_clear_snapshot()'); // otherwise the view does not change within a transaction
  const { rowCount } = await app.admin.query(
    `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rowCount === 1;
}

/** Makes the next changes of a device fail at their last statement. They are counted by a sequence, which is not rolled back. */
async function failTransactions(sqlState: string, times: number): Promise<void> {
  await app.admin.query(`
    drop trigger if exists fail on event;
    drop sequence if exists attempts;
    create sequence attempts;
    grant usage on sequence attempts to public;
    create or replace function fail() returns trigger language plpgsql as $$
      begin
        if nextval('attempts') <= ${times} then raise exception 'failed' using errcode = '${sqlState}'; end if;
        return new;
      end $$;
    ${times > 0 ? 'create trigger fail before insert on event for each statement execute function fail()' : ''}`);
}

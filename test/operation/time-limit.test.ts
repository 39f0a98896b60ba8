import { Client } from 'pg';
import { eventually } from '../support/eventually';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

const [OPERATION_MS, STATEMENT_MS] = [300, 700];
const MESSAGE = `The operation was stopped at the limit of operation, milliseconds. It took longer than ${OPERATION_MS} ms.`;
/** Instance of the gateway, with a single connection for all customers. */
const SHORT = 1;

let app: TestApp;
let rival: Client;
let socket: RawSocket;

beforeAll(async () => {
  app = await TestApp.start();
  await app.startInstance({
    DATABASE_POOL_SIZE: '1',
    OPERATION_TIMEOUT_MS: String(OPERATION_MS),
    STATEMENT_TIMEOUT_MS: String(STATEMENT_MS),
  });
  rival = new Client({ connectionString: app.database.url });
  await rival.connect();
  socket = await RawSocket.connect(app.urls[SHORT]!, KEYS.northside);
});
afterAll(async () => {
  await socket.close();
  await rival.end();
  await app.stop();
});

/** The connections of all instances for customers. */
async function connections(): Promise<{ pid: number; state: string; isWaiting: boolean }[]> {
  const { rows } = await app.admin.query<{ pid: number; state: string; isWaiting: boolean }>(
    `select pid, state, coalesce(wait_event_type = 'Lock', false) as "isWaiting" from pg_stat_activity
     where datname = current_database() and application_name = 'device-gateway customer'
     order by pid`,
  );
  return rows;
}

const TRANSPORTS: [string, (query: string) => Promise<SocketResult>][] = [
  ['HTTP', (query) => app.query('northside', query, {}, SHORT)],
  ['WebSocket', (query) => socket.execute({ query })],
];

describe.each(TRANSPORTS)('an operation over %s whose statement takes longer than its time', (_transport, send) => {
  it.each([
    ['query', '{ devices(first: 3) { nodes { databaseId } } }', {}],
    [
      'mutation',
      'mutation { updateDeviceStatus(input: { deviceId: 6, status: LOST }) { userErrors { code } } }',
      { isDone: false },
    ],
  ])('%s: gets OPERATION_TIMEOUT, and its connection serves others', async (_type, query, extensions) => {
    const others = () => app.data<{ items: object }>('lakeview', '{ items { totalCount } }', {}, SHORT);
    await others();
    await rival.query('begin; lock table device in access exclusive mode');
    try {
      const running = send(query);
      await eventually(async () => (await connections()).some(({ isWaiting }) => isWaiting));
      const before = await connections();
      const after = before.map(({ pid }) => ({ pid, state: 'idle', isWaiting: false }));
      const { errors } = await running;
      expect(errors).toHaveLength(1);
      expect(errors![0]!.extensions).toEqual({ code: 'OPERATION_TIMEOUT', ...extensions });
      expect(errors![0]!.message).toMatch(MESSAGE);
      // The lock is still there: PostgreSQL has ended the statement.
      expect(await connections()).toEqual(after);
      await others();
      expect(await connections()).toEqual(after);
    } finally {
      await rival.query('rollback');
    }
    const { data } = await send('{ devices(first: 1) { nodes { databaseId } } }');
    expect(data).toMatchObject({ devices: { nodes: [{}] } });
  });
});

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Client } from 'pg';
import type { OperationTrace } from '../../src/platform/base/channels';
import { Work, WorkStopped } from '../../src/platform/base/work';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { RestClient } from '../support/rest-client';
import { KEYS, TestApp, type GraphqlError } from '../support/test-app';

const END = 'tracing:gateway:operation:asyncEnd';
const BOUND = 10_000;
const TIMEOUT_MS = 300;
/** Instances of the gateway. */
const [ROOMY, SMALL, SHORT] = [0, 1, 2];

let app: TestApp;
let rest: RestClient;
let socket: RawSocket;
beforeAll(async () => {
  app = await TestApp.start();
  await app.startInstance({ MAX_RESULT_BYTES: String(BOUND) });
  await app.startInstance({ OPERATION_TIMEOUT_MS: String(TIMEOUT_MS) });
  rest = new RestClient(app);
  socket = await RawSocket.connect(app.urls[SMALL]!, KEYS.northside);
});
afterAll(async () => {
  await socket.close();
  await app.stop();
});

const TOO_LARGE =
  'The operation was stopped at the limit of result bytes. The result is larger than 10000 bytes. Select fewer fields or smaller pages.';
const LATE = `The operation was stopped at the limit of operation, milliseconds. It took longer than ${TIMEOUT_MS} ms.`;
const NOT_DONE = 'The mutation was not carried out.';
const DONE =
  'The mutation was carried out, only its result is missing. Read the object, or repeat the call with its idempotencyKey.';

/** A field under 25 aliases. */
const aliases = (field: string, name = 'a') =>
  Array.from({ length: 25 }, (_, index) => `${name}${index}: ${field}`).join(' ');

const overHttp = (query: string, instance = SMALL) => app.query('northside', query, {}, instance);

function errorOf({ errors }: { errors?: GraphqlError[] | undefined }): object {
  expect(errors).toHaveLength(1);
  const [{ message, path, extensions }] = errors as [GraphqlError];
  return { message, ...(path && { path }), ...extensions };
}

describe('the bytes of a result', () => {
  const CASES = [
    ['aliases', `{ devices(first: 50) { nodes { ${aliases('id')} site { name } } } }`],
    ['names of aliases', `{ devices(first: 50) { nodes { ${'a'.repeat(3_000)}: id site { name } } } }`],
    ['objects', '{ devices(first: 100) { edges { cursor node { id currentStatus deviceIdentifier: id } } } }'],
    [
      'repeated ids',
      `{ nodes(ids: [${`"${globalId('Device', 1)}",`.repeat(90)}]) { id ... on Device { ${aliases('currentStatus')} } } }`,
    ],
    ['errors of fields', `{ devices(first: 50) { nodes { ${aliases('associations(first: 101) { totalCount }')} } } }`],
  ] as const;

  it.each(CASES)('%s stop a query over HTTP', async (_what, query) => {
    const result = await overHttp(query);
    expect(result).toMatchObject({ status: 200, data: null });
    expect(errorOf(result)).toEqual({ code: 'OPERATION_TOO_LARGE', message: TOO_LARGE });
  });

  it.each(CASES)('%s stop a query over WebSocket', async (_what, query) => {
    const result = await socket.execute({ query });
    expect(result.data).toBeNull();
    expect(errorOf(result)).toEqual({ code: 'OPERATION_TOO_LARGE', message: TOO_LARGE });
  });

  it('no statement begins once they are reached', async () => {
    const statements = await app.statementsOf(() => overHttp(CASES[0][1]));
    expect(statements.map(({ text }) => /^\/\* (\w+)/.exec(text)?.[1])).toEqual(['devices']);
  });

  it('a page in REST is refused with 422', async () => {
    const small = await rest.get('/device?size=250', { instance: SMALL });
    expect(small).toMatchObject({ status: 422, body: { code: 'OPERATION_TOO_LARGE', detail: TOO_LARGE } });
    expect((await rest.get('/device?size=5', { instance: SMALL })).status).toBe(200);
  });

  it('a subscription ends with the event that is too large', async () => {
    const query = `subscription { deviceStatusChanged { cursor change { ${aliases('id', 'n'.repeat(400))} } } }`;
    const id = socket.subscribe({ query });
    await eventually(() => app.subscribers === 1);
    await app.data(
      'northside',
      'mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }',
    );
    const { payload } = await socket.message((message) => message.id === id && message.type === 'next');
    expect((payload as SocketResult).errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE' } }]);
    await socket.message((message) => message.id === id && message.type === 'complete');
  });
});

describe('a mutation whose result is too large', () => {
  const note = (deviceId: number, text: string, selection: string, key = '') =>
    `updateDeviceStatus(input: { deviceId: ${deviceId}, status: LOST, note: "${text}" ${key} }) { userErrors { code } ${selection} }`;
  const large = `device { ${aliases('id', 'x'.repeat(400))} }`;
  const statusOf = async (id: number) =>
    (await app.data<{ device: { currentStatus: string } }>('northside', `{ device(id: ${id}) { currentStatus } }`))
      .device.currentStatus;

  it('says that it was carried out; those before it keep their data, and those after it do not run', async () => {
    const before = await statusOf(4);
    const result = await overHttp(
      `mutation { one: ${note(2, 'first', 'device { currentStatus }')} two: ${note(3, 'second', large)} three: ${note(4, 'third', '')} }`,
    );
    expect(errorOf(result)).toEqual({
      code: 'OPERATION_TOO_LARGE',
      message: `${TOO_LARGE} ${DONE}`,
      path: ['two'],
      isDone: true,
    });
    expect(result.data).toEqual({ one: { userErrors: [], device: { currentStatus: 'LOST' } }, two: null, three: null });
    expect([await statusOf(2), await statusOf(3), await statusOf(4)]).toEqual(['LOST', 'LOST', before]);
  });

  it('has its result when it is repeated with its key and fewer fields', async () => {
    const key = 'idempotencyKey: "too-large"';
    expect(errorOf(await overHttp(`mutation { one: ${note(5, 'kept', large, key)} }`))).toMatchObject({ isDone: true });
    const statements = await app.statementsOf(async () => {
      const again = await overHttp(`mutation { one: ${note(5, 'kept', 'device { currentStatus }', key)} }`);
      expect(again.data).toEqual({ one: { userErrors: [], device: { currentStatus: 'LOST' } } });
    });
    expect(statements.filter(({ text }) => /update device/.test(text))).toEqual([]);
  });
});

describe('the time of an operation', () => {
  /** Runs an operation while its tables are locked for longer than the limit. */
  async function whileLocked<Result>(table: string, run: () => Promise<Result>): Promise<Result> {
    const rival = new Client({ connectionString: app.database.url });
    await rival.connect();
    try {
      await rival.query(`begin; lock table ${table} in access exclusive mode`);
      const running = run();
      await eventually(async () => (await app.admin.query(WAITING)).rowCount! > 0);
      await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS + 50));
      await rival.query('rollback');
      return await running;
    } finally {
      await rival.end();
    }
  }
  const WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

  it('stops a query before its next statement', async () => {
    const query = '{ devices(first: 3) { nodes { site { name } } } }';
    const statements = await app.statementsOf(async () => {
      const result = await whileLocked('device', () => overHttp(query, SHORT));
      expect(result.data).toBeNull();
      expect(errorOf(result)).toEqual({ code: 'OPERATION_TIMEOUT', message: LATE });
    });
    expect(statements.map(({ text }) => /^\/\* (\w+)/.exec(text)?.[1])).toEqual(['devices']);
  });

  it('rolls a mutation back', async () => {
    const change = 'mutation { updateDeviceStatus(input: { deviceId: 6, status: LOST }) { userErrors { code } } }';
    const { rows: before } = await app.admin.query('select version from device where id = 6');
    const result = await whileLocked('device', () => overHttp(change, SHORT));
    expect(result.data).toEqual({ updateDeviceStatus: null });
    expect(errorOf(result)).toEqual({
      code: 'OPERATION_TIMEOUT',
      message: `${LATE} ${NOT_DONE}`,
      path: ['updateDeviceStatus'],
      isDone: false,
    });
    expect((await app.admin.query('select version from device where id = 6')).rows).toEqual(before);
  });

  it('is 503 in REST', async () => {
    const read = await whileLocked('device', () => rest.get('/device', { instance: SHORT }));
    expect(read).toMatchObject({ status: 503, body: { code: 'OPERATION_TIMEOUT', detail: LATE } });
    const write = await whileLocked('device', () =>
      rest.patch('/device/disable-readings', { deviceId: 6 }, { instance: SHORT }),
    );
    expect(write).toMatchObject({ status: 503, body: { code: 'OPERATION_TIMEOUT', detail: `${LATE} ${NOT_DONE}` } });
  });
});

describe('what is counted', () => {
  it.each([
    [
      '{ devices(first: 50) { edges { cursor node { id currentStatus site { name } createdAt } } pageInfo { endCursor } } }',
    ],
    [
      '{ patients(first: 50) { nodes { id firstName lastName timeZone devices { totalCount nodes { id version } } } } }',
    ],
  ])('is within a fifth of the bytes that are sent: %s', async (query) => {
    const traces: OperationTrace[] = [];
    const listener = (trace: unknown): void => void traces.push(trace as OperationTrace);
    subscribe(END, listener);
    const { data } = await overHttp(query, ROOMY);
    unsubscribe(END, listener);
    const sent = JSON.stringify({ data }).length;
    expect(sent).toBeGreaterThan(5_000);
    expect(traces[0]!.bytes! / sent).toBeGreaterThan(0.8);
    expect(traces[0]!.bytes! / sent).toBeLessThan(1.2);
  });

  it('more than 1,000 statements stop an operation', () => {
    const work = new Work({ timeoutMs: 600_000, maxResultBytes: 1 });
    for (let sent = 0; sent < 1_000; sent += 1) work.countStatement();
    expect(() => work.countStatement()).toThrow(WorkStopped);
    expect(work.stopped).toMatchObject({
      code: 'OPERATION_TOO_LARGE',
      message:
        'The operation was stopped at the limit of statements. It needs more than 1000 SQL statements. Split it.',
    });
    expect(() => work.countField()).toThrow(WorkStopped);
  });
});

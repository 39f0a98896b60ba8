import { once } from 'node:events';
import { WebSocket } from 'ws';
import { generateApiKey } from '../../src/platform/access/access.service';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

const CHANGES =
  'subscription ($deviceIds: [ID!]) { deviceStatusChanged(filter: { deviceIds: $deviceIds }) { cursor } }';

let app: TestApp;
const limits = new LimitNotices();

beforeAll(async () => {
  app = await TestApp.start({
    socketLimits: {
      'sockets of a credential': 2,
      'sockets of a customer': 3,
      'new sockets of an address': 4,
      'operation bytes of a socket': 3_000,
      'operation bytes of a credential': 5_000,
      'operation bytes': 7_000,
    },
  });
});
afterAll(() => app.stop());
beforeEach(() => {
  limits.begin();
});
afterEach(async () => {
  limits.end();
  jest.restoreAllMocks();
  await eventually(() => app.subscribers === 0);
});

/** Why a connection_init with this key is refused. */
async function refusalOf(key: string): Promise<{ code: number; reason: string }> {
  const socket = await RawSocket.open(app.url);
  socket.send({ type: 'connection_init', payload: { apiKey: key } });
  return socket.untilClosed();
}

const closeAll = (sockets: readonly RawSocket[]) => Promise.all(sockets.map((socket) => socket.close()));

describe('sockets', () => {
  it('are limited for each credential and each customer, and a closed one makes room', async () => {
    const [first, second, third] = await Promise.all([createKey(app), createKey(app), createKey(app)]);
    const sockets = [await RawSocket.connect(app.url, first), await RawSocket.connect(app.url, first)];
    const message = (limit: string) => `Too many ${limit} are allowed. Close one and connect again.`;
    expect(await refusalOf(first)).toEqual({ code: 1013, reason: message('sockets of a credential: at most 2') });
    sockets.push(await RawSocket.connect(app.url, second));
    expect(await refusalOf(third)).toEqual({ code: 1013, reason: message('sockets of a customer: at most 3') });
    expect(limits.names).toEqual(['sockets of a credential', 'sockets of a customer']);
    const other = await RawSocket.connect(app.url, KEYS.lakeview);

    await sockets.shift()!.close();
    sockets.push(await RawSocket.connect(app.url, third));
    await closeAll([...sockets, other]);
  });

  it('that have not sent connection_init are limited for each address, and make room when they do', async () => {
    const sockets = await Promise.all(Array.from({ length: 4 }, () => RawSocket.open(app.url)));
    const status = await new Promise((resolve) => {
      new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
        .on('unexpected-response', (_request, response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve([response.statusCode, JSON.parse(body)]));
        })
        .on('error', () => undefined);
    });
    const text = 'Too many sockets of this address have not sent connection_init. Connect again later.';
    expect(status).toEqual([503, { errors: [{ message: text, extensions: { code: 'SERVICE_UNAVAILABLE' } }] }]);
    expect(limits.names).toEqual(['new sockets of an address']);

    sockets[0]!.send({ type: 'connection_init', payload: { apiKey: KEYS.northside } });
    await sockets[0]!.message(({ type }) => type === 'connection_ack');
    sockets[1]!.send({ type: 'connection_init', payload: { apiKey: generateApiKey() } });
    expect((await sockets[1]!.untilClosed()).code).toBe(4403);
    const more = await Promise.all([RawSocket.connect(app.url, KEYS.lakeview), RawSocket.open(app.url)]);
    await closeAll([sockets[0]!, sockets[2]!, sockets[3]!, ...more]);
  });
});

it('sockets that are being opened are limited in all', async () => {
  const { url, stop } = await app.startInstance({}, { socketLimits: { 'new sockets': 2 } });
  const sockets = [await RawSocket.open(url), await RawSocket.open(url)];
  const third = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws').on('error', () => {});
  const [, { statusCode }] = (await once(third, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect([statusCode, limits.names]).toEqual([503, ['new sockets']]);
  third.terminate();
  await closeAll(sockets);
  await stop();
});

describe('the messages of operations in progress', () => {
  const deviceIds = Array.from({ length: 150 }, (_, n) => String(1_000_000 + n));
  const refused = (limit: string) => ({
    errors: [
      {
        message: `The limit of ${limit}. Use shorter filters, or end other operations first.`,
        extensions: { code: 'OPERATION_TOO_COMPLEX' },
      },
    ],
  });
  /** About 1,700 bytes. */
  const large = { query: CHANGES, variables: { deviceIds } };
  const subscribe = async (socket: RawSocket) => {
    const before = app.subscribers;
    const id = socket.subscribe(large);
    await eventually(() => app.subscribers === before + 1);
    return id;
  };

  it('are limited in bytes for each socket, each credential and in all, until they end', async () => {
    const [a, b] = [await RawSocket.connect(app.url, KEYS.northside), await RawSocket.connect(app.url, KEYS.northside)];
    const id = await subscribe(a);
    expect(await a.execute(large)).toEqual(refused('operation bytes of a socket is 3000'));
    expect(app.subscribers).toBe(1);
    await subscribe(b);
    const c = await RawSocket.connect(app.url, KEYS.lakeview);
    await subscribe(c);
    expect(await c.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    const d = await RawSocket.connect(app.url, KEYS.operator);
    await subscribe(d);
    const e = await RawSocket.connect(app.url, KEYS.readOnly);
    expect(await e.execute(large)).toEqual(refused('operation bytes is 7000'));
    expect(limits.names).toEqual(['operation bytes of a socket', 'operation bytes']);

    a.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 3);
    await subscribe(e);
    expect(await a.execute({ ...large, query: `${CHANGES} #${'x'.repeat(1_000)}` })).toEqual(
      refused('operation bytes is 7000'),
    );
    await closeAll([a, b, c, d, e]);
  });

  it('are limited in bytes for all sockets of a credential', async () => {
    const { url, stop } = await app.startInstance({}, { socketLimits: { 'operation bytes of a credential': 3_000 } });
    const [a, b] = [await RawSocket.connect(url, KEYS.northside), await RawSocket.connect(url, KEYS.northside)];
    a.subscribe(large);
    const { errors } = await b.execute({ ...large, query: `${CHANGES} #${'x'.repeat(1_500)}` });
    expect(errors).toEqual(refused('operation bytes of a credential is 3000').errors);
    expect(limits.names).toEqual(['operation bytes of a credential']);
    await closeAll([a, b]);
    await stop();
  });
});

describe('pings', () => {
  it('with a payload of more than 1 kB close the socket; others get it back', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.send({ type: 'ping', payload: { text: 'small' } });
    const pong = await socket.message(({ type }) => type === 'pong');
    expect(pong).toEqual({ type: 'pong', payload: { text: 'small' } });
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(1_024) } });
    const reason = 'The payload of a ping is limited to 1024 bytes';
    expect(await socket.untilClosed()).toEqual({ code: 4400, reason });
    expect(limits.names).toEqual(['ping payload bytes']);
  });

  it('that come too fast are read later, and each gets its pong', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const nowMs = performance.now();
    // No time passes in which the socket may send more.
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const paused = jest.spyOn(WebSocket.prototype, 'pause');
    for (let n = 0; n < 1_200; n += 1) socket.send({ type: 'ping' });
    await eventually(() => socket.messages.filter(({ type }) => type === 'pong').length === 1_200);
    expect(new Set(limits.names)).toEqual(new Set(['messages of a socket per second']));
    expect(paused).toHaveBeenCalled();
    await socket.close();
  });
});

describe('an expired credential', () => {
  it('is noticed at the next operation and at the next event, however the clock jumps', async () => {
    let shiftMs = 0;
    const clock = { now: () => new Date(Date.now() + shiftMs) };
    const { url, stop } = await app.startInstance({}, { clock, recheckIntervalMs: 7_200_000, socketLimits: {} });
    const key = await createKey(app, { expiresAt: new Date(Date.now() + 86_400_000) });
    const [running, watching] = [await RawSocket.connect(url, key), await RawSocket.connect(url, key)];
    watching.subscribe({ query: CHANGES });
    await eventually(() => app.subscribers === 1);
    // The clock was set back: nothing expires early.
    shiftMs = -86_400_000;
    expect(await running.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });

    shiftMs = 86_500_000;
    running.subscribe({ query: '{ __typename }' });
    await app.data(
      'operator',
      'mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }',
    );
    const expired = { code: 4403, reason: 'Credential expired' };
    expect([await running.untilClosed(), await watching.untilClosed()]).toEqual([expired, expired]);
    const results = [...running.messages, ...watching.messages].filter(({ type }) => type === 'next');
    expect(results).toHaveLength(1);
    await stop();
  });
});

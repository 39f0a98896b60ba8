import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessService } from '../../src/platform/access/access.service';
import { CACHE_TTL_MS } from '../../src/platform/base/ttl-cache';
import { createKey, revokeKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { Subscriber } from '../support/subscriber';
import { REPOSITORY } from '../support/tool';
import { KEYS, TestApp } from '../support/test-app';

const CHANGES = 'subscription { deviceStatusChanged { change { deviceVersion } } }';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 0 });
  await app.startInstance({}, { connectionInitTimeoutMs: 7_200_000, recheckIntervalMs: 20 });
});
afterAll(() => app.stop());
/** No subscription of a test may remain. */
afterEach(() => eventually(() => app.subscribers === 0));

async function closeOf(
  send: (socket: RawSocket) => void,
  protocol?: string,
): Promise<{ code: number; reason: string }> {
  const socket = await RawSocket.open(app.url, protocol === undefined ? {} : { protocol });
  send(socket);
  return socket.untilClosed();
}

describe('the protocol', () => {
  const init = JSON.stringify({ type: 'connection_init', payload: { apiKey: KEYS.northside } });

  it('closes a socket without connection_init in time', async () => {
    const { url, stop } = await app.startInstance({}, { connectionInitTimeoutMs: 1 });
    const socket = await RawSocket.open(url);
    expect(await socket.untilClosed()).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
    await stop();
  });

  it('closes a socket that subscribes before connection_init', async () => {
    expect(await closeOf((socket) => socket.subscribe({ query: '{ __typename }' }))).toEqual({
      code: 4401,
      reason: 'Unauthorized',
    });
  });

  it('closes a socket that sends connection_init twice', async () => {
    const close = await closeOf((socket) => {
      socket.send(init);
      socket.send(init);
    });
    expect(close).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  it.each([
    ['not JSON', 'The message is not JSON'],
    ['\u0000', 'The message is not JSON'],
    ['{}', "Message is missing the 'type' property"],
    ['[]', 'Message is expected to be an object'],
    ['null', 'Message is expected to be an object'],
    ['{"type":"unknown"}', `Invalid message 'type' property "unknown"`],
    ['{"type":"subscribe"}', `"subscribe" message expects the 'id' property to be a string`],
    [
      '{"type":"subscribe","id":"1","payload":{"query":1}}',
      `"subscribe" message payload expects the 'query' property to be a string`,
    ],
    [
      `{"type":"connection_init","payload":"Bearer ${KEYS.northside}"}`,
      `"connection_init" message expects the 'payload' property to be an object or nullish or missing`,
    ],
    [`{"type":"${'é'.repeat(80)}"}`, `Invalid message 'type' property "${'é'.repeat(45)}`],
  ])('closes a socket that sends %j, and says why', async (message, reason) => {
    expect(await closeOf((socket) => socket.send(message))).toEqual({ code: 4400, reason });
  });

  it('closes a socket that uses the id of a running operation', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.subscribe({ query: CHANGES }, 'same');
    socket.subscribe({ query: CHANGES }, 'same');
    expect(await socket.untilClosed()).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
  });

  it('closes a socket with another subprotocol', async () => {
    expect((await closeOf(() => undefined, 'graphql-ws')).code).toBe(1006);
  });

  it('closes a socket whose message is larger than 1 MB', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.subscribe({ query: `{ __typename } #${'x'.repeat(2_000_000)}` });
    expect((await socket.untilClosed()).code).toBe(1009);
  });

  it('replies to pings', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.send({ type: 'ping' });
    expect(await socket.message(({ type }) => type === 'pong')).toEqual({ type: 'pong' });
    await socket.close();
  });
});

describe('operations of one socket', () => {
  it('are limited to 100 at a time, and an ended one makes room for another', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const ids = Array.from({ length: 100 }, () => socket.subscribe({ query: CHANGES }));
    await eventually(() => app.subscribers === 100);

    const notices = new LimitNotices();
    notices.begin();
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({
      errors: [
        {
          message: 'Too many operations in progress on this socket: at most 100 are allowed.',
          extensions: { code: 'OPERATION_TOO_COMPLEX' },
        },
      ],
    });
    notices.end();
    expect(notices.names).toEqual(['operations of a socket']);
    expect(app.subscribers).toBe(100);

    socket.send({ id: ids[0]!, type: 'complete' });
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    await eventually(() => app.subscribers === 99);
    await socket.close();
  });

  it('can be subscriptions with conditions below the root field', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const query = 'subscription ($x: Boolean!) { deviceStatusChanged { cursor @skip(if: $x) change { id } } }';
    socket.subscribe({ query, variables: { x: true } });
    await eventually(() => app.subscribers === 1);
    await socket.close();
  });

  it('can be queries and mutations', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const query =
      'mutation { updateDeviceStatus(input: { deviceId: 1, status: AVAILABLE_AT_SITE }) { device { currentStatus } userErrors { code } } }';
    expect(await socket.execute({ query })).toEqual({
      data: { updateDeviceStatus: { device: { currentStatus: 'AVAILABLE_AT_SITE' }, userErrors: [] } },
    });
    await socket.close();
  });

  it('leave no subscription when the client disconnects before it is created', async () => {
    for (let round = 0; round < 10; round += 1) {
      const socket = await RawSocket.connect(app.url, KEYS.northside);
      for (let index = 0; index < 5; index += 1) socket.subscribe({ query: CHANGES });
      socket.webSocket.terminate();
      await socket.untilClosed();
    }
    // Sent after all of them, so a remaining subscription would be counted here.
    const last = await RawSocket.connect(app.url, KEYS.northside);
    last.subscribe({ query: CHANGES });
    await eventually(() => app.subscribers === 1);
    expect(await last.execute({ query: '{ device(id: 1) { databaseId } }' })).toEqual({
      data: { device: { databaseId: '1' } },
    });
    expect(app.subscribers).toBe(1);
    await last.close();
  });

  it('end at once when the client unsubscribes', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const id = socket.subscribe({ query: CHANGES });
    await eventually(() => app.subscribers === 1);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);
    expect(socket.closed).toBeUndefined();
    await socket.close();
  });
});

describe('an expiring credential', () => {
  afterEach(() => jest.restoreAllMocks());

  it('closes its sockets at its expiry, during a subscription', async () => {
    let shiftMs = 0;
    const clock = { now: () => new Date(Date.now() + shiftMs) };
    const { url, stop } = await app.startInstance({}, { clock, recheckIntervalMs: 7_200_000 });
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const expiresAt = new Date(Date.now() + 3_600_000);
    const before = Date.now();
    const subscriber = new Subscriber(url, { key: await createKey(app, { expiresAt }) }, CHANGES);
    const other = new Subscriber(url, 'northside', CHANGES);
    await eventually(() => app.subscribers === 2);
    // The test does not wait for an hour, but calls the timer's function.
    const expiries = timers.mock.calls.filter(([, ms]) => ms! > 1_800_000 && ms! <= 3_600_000);
    expect(expiries).toHaveLength(1);
    const [[expire, inMs]] = expiries as [[() => void, number]];
    expect(expiresAt.getTime() - inMs).toBeGreaterThanOrEqual(before);
    expect(expiresAt.getTime() - inMs).toBeLessThanOrEqual(Date.now());
    expect(subscriber.closed).toBeUndefined();

    shiftMs = 3_600_000;
    expire();
    await subscriber.until(({ closed }) => closed !== undefined);
    expect(subscriber.closed).toEqual({ code: 4403, reason: 'Credential expired' });
    expect(other.closed).toBeUndefined();
    await other.stop();
    await stop();
  });

  it('closes its sockets at the real time of its expiry', async () => {
    const expiresAt = new Date(Date.now() + 300);
    const subscriber = new Subscriber(app.url, { key: await createKey(app, { expiresAt }) }, CHANGES);
    await subscriber.until(({ closed }) => closed !== undefined);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
    expect(subscriber.closed).toEqual({ code: 4403, reason: 'Credential expired' });
  });

  it('is checked once per interval for all its sockets', async () => {
    const checks = jest.spyOn(AccessService.prototype, 'isStillValid');
    const keys = await Promise.all([createKey(app), createKey(app)]);
    const sockets = await Promise.all(
      Array.from({ length: 20 }, (_, index) => RawSocket.connect(app.url, keys[index % 2]!)),
    );
    checks.mockClear();
    await eventually(() => checks.mock.calls.length === 10);
    const counts = keys.map((key) =>
      checks.mock.calls.filter(([credential]) => Object.values(credential).includes(key)),
    );
    expect(counts.map(({ length }) => length)).toEqual([5, 5]);
    await Promise.all(sockets.map((socket) => socket.close()));
  });
});

describe('a client', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is pinged every 12 s, and disconnected without a pong before the next ping', async () => {
    const key = await createKey(app);
    const [alive, gone] = await Promise.all(
      [true, false].map(async (autoPong) => {
        const socket = await RawSocket.open(app.url, { autoPong });
        socket.send({ type: 'connection_init', payload: { apiKey: key } });
        await socket.message(({ type }) => type === 'connection_ack');
        return socket;
      }),
    );
    let pings = 0;
    let pongs = 0;
    for (const { webSocket } of [alive!, gone!]) webSocket.on('ping', () => (pings += 1));
    alive!.webSocket.on('ping', () => (pongs += 1));
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 12_000);
    await eventually(() => pings === 2);
    expect([alive!.closed, gone!.closed]).toEqual([undefined, undefined]);
    // This result arrives after the gateway has handled the pong.
    expect(await alive!.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 24_000);
    expect((await gone!.untilClosed()).code).toBe(1006);
    await eventually(() => pongs === 2);
    expect(alive!.closed).toBeUndefined();
    await alive!.close();
  });

  it('with a revoked key is disconnected and rejected over HTTP within 5 s', async () => {
    const key = await createKey(app);
    const subscriber = new Subscriber(app.url, { key }, CHANGES);
    await eventually(() => app.subscribers === 1);
    await revokeKey(app, key);
    // The cached key expires at once. Sockets are checked at most a second later.
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + CACHE_TTL_MS);
    await subscriber.until(({ closed }) => closed !== undefined);
    expect(subscriber.closed).toEqual({ code: 4403, reason: 'Credential no longer valid' });
    expect((await app.query({ key }, '{ __typename }')).status).toBe(401);

    const source = readFileSync(join(REPOSITORY, 'src/platform/http/graphql-ws.ts'), 'utf8');
    const recheckMs = Number(/recheckIntervalMs \?\? ([\d_]+)/.exec(source)![1]!.replaceAll('_', ''));
    expect(CACHE_TTL_MS + recheckMs).toBeLessThanOrEqual(5_000);
  });
});

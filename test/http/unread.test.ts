import diagnostics from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { getIntrospectionQuery } from 'graphql';
import type { AppOverrides } from '../../src/app';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

/** More than the buffers of the operating system for one connection: about 25 MB. */
const REQUESTS = 50;
const TIMEOUT_MS = 100;
const MAX_ALL_UNREAD = 4_000_000;
const query = getIntrospectionQuery();

let app: TestApp;
const limits = new LimitNotices();

let inProgress = 0;
const begun = () => void (inProgress += 1);
const ended = () => void (inProgress -= 1);

beforeAll(async () => {
  app = await TestApp.start({ instances: 0 });
});
afterAll(() => app.stop());
beforeEach(() => {
  limits.begin();
  diagnostics.subscribe('tracing:gateway:operation:start', begun);
  diagnostics.subscribe('tracing:gateway:operation:asyncEnd', ended);
});
afterEach(async () => {
  // Operations of a client that is gone still run.
  await eventually(() => inProgress === 0, 'the operations to end');
  diagnostics.unsubscribe('tracing:gateway:operation:start', begun);
  diagnostics.unsubscribe('tracing:gateway:operation:asyncEnd', ended);
  limits.end();
  jest.restoreAllMocks();
});

/** The monotonic time, which only the test changes. */
function stopTime(): { advance: (ms: number) => void } {
  let nowMs = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  return { advance: (ms) => void (nowMs += ms) };
}

/** A client that sends requests one after the other without waiting, and reads nothing. */
class SilentClient {
  received = 0;
  isClosed = false;
  private readonly socket: Socket;

  constructor(url: string, path: string, count: number) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => undefined).on('close', () => (this.isClosed = true));
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nImpilo-API-Key: ${KEYS.northside}\r\n\r\n`.repeat(count));
  }

  /** Reads as much as there is, or at least so many bytes. */
  async read(bytes = Infinity): Promise<void> {
    const until = this.received + bytes;
    const onData = (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.received >= until) this.socket.pause();
    };
    this.socket.on('data', onData);
    this.socket.resume();
    await eventually(() => this.isClosed || this.received >= until);
    this.socket.off('data', onData).pause();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** The largest file, 9 MB. */
const FILE = '/graphiql/graphiql.js';

describe('over HTTP', () => {
  it('a client that takes nothing is cut off, and one that reads slowly receives everything', async () => {
    const { url, stop } = await app.startInstance({}, { unreadTimeoutMs: TIMEOUT_MS });
    const time = stopTime();
    const file = await fetch(url + FILE, { headers: { 'accept-encoding': 'identity' } });
    const total = 4 * (await file.arrayBuffer()).byteLength;
    const slow = new SilentClient(url, FILE, 4);
    while (slow.received < total) {
      await slow.read(Math.min(4_000_000, total - slow.received));
      time.advance(0.9 * TIMEOUT_MS);
    }
    expect(limits.names).toEqual([]);
    slow.destroy();

    const silent = new SilentClient(url, FILE, 4);
    await silent.read(1);
    await eventually(() => {
      time.advance(TIMEOUT_MS);
      return limits.names.length > 0;
    });
    expect(limits.names).toEqual(['unread, milliseconds']);
    expect(app.log).toContain('connection cut off: its client does not read');
    await silent.read();
    expect(silent.isClosed).toBe(true);
    expect(silent.received).toBeLessThan(total);
    await stop();
  });

  it('more than 16 requests at once on one connection are refused, and leave nothing behind when it ends', async () => {
    const { url, stop } = await app.startInstance();
    const request = `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\nImpilo-API-Key: ${KEYS.northside}\r\n\r\n`;
    const last = request.replace('\r\n', '\r\nConnection: close\r\n');
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(request.repeat(19) + last);
    let body = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) body += chunk.toString();
    expect(body.match(/HTTP\/1\.1 503 [^]*?SERVICE_UNAVAILABLE/g)).toHaveLength(4);
    expect(body).toContain('Too many requests in progress on this connection: at most 16. Wait for responses.');
    expect(limits.names).toEqual(Array(4).fill('requests of a connection'));

    const gone = new SilentClient(url, '/graphql?query=%7B__typename%7D', 10);
    gone.destroy();
    // It would wait for operations in progress.
    await stop();
  });

  it('connections are limited, and one address has at most half of them', async () => {
    const { url, stop } = await app.startInstance({ MAX_CONNECTIONS: '4' });
    const open = [new SilentClient(url, '/livez', 1), new SilentClient(url, '/livez', 1)];
    await Promise.all(open.map((client) => client.read(1)));
    const third = new SilentClient(url, '/livez', 1);
    await third.read();
    expect([third.isClosed, third.received]).toEqual([true, 0]);
    expect(limits.names).toEqual(['MAX_CONNECTIONS']);
    for (const client of open) client.destroy();
    await eventually(async () => {
      const client = new SilentClient(url, '/livez', 1);
      await client.read(1);
      client.destroy();
      return client.received > 0;
    });
    await stop();
  });
});

describe('over WebSocket', () => {
  it('a socket whose client takes nothing is closed with the reason', async () => {
    const { url, stop } = await app.startInstance({}, { unreadTimeoutMs: TIMEOUT_MS });
    const socket = await RawSocket.connect(url, KEYS.northside);
    const time = stopTime();
    socket.webSocket.pause();
    for (let n = 0; n < REQUESTS; n += 1) socket.subscribe({ query });
    await eventually(() => {
      time.advance(TIMEOUT_MS);
      return limits.names.includes('unread, milliseconds');
    });
    socket.webSocket.resume();
    expect(await socket.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
    await stop();
  });

  it('the one that has taken nothing for the longest is cut off when all have too much; others are served', async () => {
    await expectOneCutOff('unread bytes of all connections', { maxAllUnreadBytes: MAX_ALL_UNREAD });
  });

  it('one that leaves too much is cut off; others are served', async () => {
    await expectOneCutOff('unread bytes of a connection', { maxUnreadBytes: MAX_ALL_UNREAD });
  });

  async function expectOneCutOff(limit: string, overrides: AppOverrides): Promise<void> {
    const { url, stop } = await app.startInstance({}, overrides);
    const [silent, sound] = [await RawSocket.connect(url, KEYS.northside), await RawSocket.connect(url, KEYS.lakeview)];
    silent.webSocket.pause();
    for (let n = 0; n < REQUESTS; n += 1) silent.subscribe({ query });
    await eventually(() => limits.names.length > 0);
    expect(new Set(limits.names)).toEqual(new Set([limit]));
    for (let n = 0; n < 3; n += 1) expect((await sound.execute({ query })).errors).toBeUndefined();
    silent.webSocket.resume();
    expect((await silent.untilClosed()).code).toBe(1006);
    await sound.close();
    await stop();
  }
});

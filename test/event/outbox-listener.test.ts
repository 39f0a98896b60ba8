import { eventually } from '../support/eventually';
import { TcpProxy } from '../support/tcp-proxy';
import { anEvent, follow, NEVER_MS, StreamFixture, write } from './stream-fixture';

let fixture: StreamFixture;

beforeEach(async () => (fixture = await StreamFixture.create()));
afterEach(() => fixture.close());

describe('a lost LISTEN connection', () => {
  it('comes back, hears again, and what happened meanwhile is read', async () => {
    const proxy = await TcpProxy.start(fixture.url);
    try {
      const a = await fixture.start({ pollIntervalMs: NEVER_MS });
      // Only its LISTEN connection goes by the proxy: all other statements are answered while that is away.
      const b = await fixture.start({ pollIntervalMs: NEVER_MS, url: proxy.url });
      await eventually(() => b.stream.isListening);
      const seen = follow(b);
      proxy.down();
      await eventually(() => !b.stream.isListening, 'the loss to be noticed');
      await write(a.database, anEvent('meanwhile'));
      await eventually(async () => (await fixture.stored())[0]?.position === '1', 'the event to be stamped');
      expect(seen.payloads).toEqual([]);
      proxy.up();
      expect((await seen.has(1)).payloads).toEqual(['meanwhile']);
      await write(a.database, anEvent('heard'));
      expect((await seen.has(2)).payloads).toEqual(['meanwhile', 'heard']);
      await b.stream.stop();
    } finally {
      await proxy.stop();
    }
  });

  it('makes events late, not lost: the poll reads them', async () => {
    const a = await fixture.start({ pollIntervalMs: NEVER_MS });
    const deafUrl = new URL(fixture.url);
    deafUrl.pathname = 'no_such_database';
    const deaf = await fixture.start({ url: deafUrl.href, pollIntervalMs: 50 });
    const seen = follow(deaf);
    await write(a.database, anEvent('polled'));
    expect((await seen.has(1)).payloads).toEqual(['polled']);
    expect(deaf.stream.isListening).toBe(false);
    // Healthy is who has read in the last seconds: of this process they may have been taken away.
    await eventually(() => deaf.stream.isHealthy());
  });
});

describe('an event whose writer died before it was stamped', () => {
  it('is stamped by the poll of any instance', async () => {
    const writer = await fixture.start({ pollIntervalMs: NEVER_MS, nudges: false });
    const other = await fixture.start({ pollIntervalMs: 50 });
    const seen = [follow(writer), follow(other)];
    await write(writer.database, anEvent('orphan'));
    for (const one of seen) expect((await one.has(1)).payloads).toEqual(['orphan']);
  });
});

describe('instances without a poll', () => {
  it('hear of each other by notifications alone', async () => {
    const a = await fixture.start({ pollIntervalMs: NEVER_MS });
    const b = await fixture.start({ pollIntervalMs: NEVER_MS });
    const seen = follow(b);
    for (let n = 0; n < 10; n += 1) {
      await write(a.database, anEvent(n));
      await seen.has(n + 1);
    }
    expect(seen.payloads).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

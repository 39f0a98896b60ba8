import { eventually } from '../support/eventually';
import { TcpProxy } from '../support/tcp-proxy';
import { anEvent, follow, NEVER_MS, StreamFixture, write } from './stream-fixture';

let fixture: StreamFixture;

beforeEach(async () => (fixture = await StreamFixture.create()));
afterEach(() => fixture.close());

describe('a lost LISTEN connection', () => {
  it('is restored, and events from the outage are read', async () => {
    const proxy = await TcpProxy.start(fixture.url);
    try {
      const a = await fixture.start({ pollIntervalMs: NEVER_MS });
      // Only its LISTEN connection uses the proxy; other statements succeed while the proxy is down.
      const b = await fixture.start({ pollIntervalMs: NEVER_MS, url: proxy.url });
      await eventually(() => b.stream.isListening);
      const seen = follow(b);
      proxy.down();
      await eventually(() => !b.stream.isListening, 'the loss to be noticed');
      await write(a.database, anEvent('during the outage'));
      await eventually(async () => (await fixture.stored())[0]?.position === '1', 'the event to be sequenced');
      expect(seen.payloads).toEqual([]);
      proxy.up();
      expect((await seen.has(1)).payloads).toEqual(['during the outage']);
      await write(a.database, anEvent('notified'));
      expect((await seen.has(2)).payloads).toEqual(['during the outage', 'notified']);
      await b.stream.stop();
    } finally {
      await proxy.stop();
    }
  });

  it('delays events until the poll reads them', async () => {
    const a = await fixture.start({ pollIntervalMs: NEVER_MS });
    const deafUrl = new URL(fixture.url);
    deafUrl.pathname = 'no_such_database';
    const deaf = await fixture.start({ url: deafUrl.href, pollIntervalMs: 50 });
    const seen = follow(deaf);
    await write(a.database, anEvent('polled'));
    expect((await seen.has(1)).payloads).toEqual(['polled']);
    expect(deaf.stream.isListening).toBe(false);
    // It is healthy if it has read in the last seconds. This process may have been suspended in the meantime.
    await eventually(() => deaf.stream.isHealthy());
  });
});

describe('an event of an instance that died before sequencing it', () => {
  it('is sequenced by the poll of any instance', async () => {
    const writer = await fixture.start({ pollIntervalMs: NEVER_MS, nudges: false });
    const other = await fixture.start({ pollIntervalMs: 50 });
    const seen = [follow(writer), follow(other)];
    await write(writer.database, anEvent('orphan'));
    for (const one of seen) expect((await one.has(1)).payloads).toEqual(['orphan']);
  });
});

describe('instances without a poll', () => {
  it('receive events by notifications alone', async () => {
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

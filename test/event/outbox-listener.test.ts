import { anEvent, follow, NEVER_MS, StreamFixture, until, write } from './stream-fixture';

let fixture: StreamFixture;

beforeEach(async () => (fixture = await StreamFixture.create()));
afterEach(() => fixture.close());

/** Kills the connections that listen; new ones to the database are refused until the fixture allows them. */
async function killListeners(): Promise<void> {
  await fixture.allowConnections(false);
  const { rowCount } = await fixture.superuser.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and application_name = 'device-gateway listen'`,
  );
  expect(rowCount).toBeGreaterThan(0);
}

describe('a lost LISTEN connection', () => {
  it('comes back, hears again, and what happened meanwhile is read', async () => {
    const a = await fixture.start({ pollIntervalMs: NEVER_MS });
    const b = await fixture.start({ pollIntervalMs: NEVER_MS });
    const seen = follow(b);
    await killListeners();
    await until('the loss is noticed', () => !a.stream.isListening && !b.stream.isListening);
    await write(a.database, anEvent('meanwhile'));
    await until('it is stamped', async () => (await fixture.stored())[0]?.position === '1');
    expect(seen.payloads).toEqual([]);
    await fixture.allowConnections(true);
    await until('it listens again', () => b.stream.isListening);
    expect((await seen.has(1)).payloads).toEqual(['meanwhile']);
    await write(a.database, anEvent('heard'));
    expect((await seen.has(2)).payloads).toEqual(['meanwhile', 'heard']);
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
    expect(deaf.stream.isHealthy()).toBe(true);
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

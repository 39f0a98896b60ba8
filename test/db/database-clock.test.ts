import { DatabaseClock, readDatabaseTime } from '../../src/platform/db/database-clock';
import { eventually } from '../support/eventually';
import { TestApp } from '../support/test-app';

const HOUR_MS = 3_600_000;

/** A clock, and the time that its database has. */
function clockOf(intervalMs?: number) {
  const database = { aheadMs: HOUR_MS, reads: 0, fails: false };
  const clock = new DatabaseClock(async () => {
    database.reads += 1;
    if (database.fails) throw new Error('no connection');
    return Date.now() + database.aheadMs;
  }, intervalMs);
  const aheadMs = () => clock.now().getTime() - Date.now();
  return { clock, database, aheadMs };
}

it('is the time of the database, and asks it only now and then', async () => {
  const { clock, database, aheadMs } = clockOf();
  await clock.start();
  for (let nth = 0; nth < 1_000; nth += 1) expect(Math.abs(aheadMs() - HOUR_MS)).toBeLessThan(1_000);
  expect(database.reads).toBe(2);
  await clock.stop();
});

it('follows a database whose clock changes, and continues while there is none', async () => {
  const { clock, database, aheadMs } = clockOf(5);
  await clock.start();
  database.fails = true;
  const { reads } = database;
  await eventually(() => database.reads > reads + 2);
  expect(Math.abs(aheadMs() - HOUR_MS)).toBeLessThan(1_000);
  Object.assign(database, { fails: false, aheadMs: -HOUR_MS });
  await eventually(() => Math.abs(aheadMs() + HOUR_MS) < 1_000);
  await clock.stop();
  const after = database.reads;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(database.reads).toBe(after);
});

it('reads the clock again after the machine was suspended', async () => {
  const { clock, database, aheadMs } = clockOf();
  await clock.start();
  // The wall clock went on, the monotonic time did not.
  const monotonic = performance.now.bind(performance);
  const spy = jest.spyOn(performance, 'now').mockImplementation(() => monotonic() - 2 * HOUR_MS);
  try {
    expect(aheadMs()).toBeLessThan(0);
    await eventually(() => Math.abs(aheadMs() - HOUR_MS) < 1_000);
    expect(database.reads).toBe(3);
  } finally {
    spy.mockRestore();
  }
  await clock.stop();
});

it('a slow read does not move a clock that fits it', async () => {
  let slow: (() => void) | undefined;
  let reads = 0;
  const clock = new DatabaseClock(async () => {
    reads += 1;
    const ms = Date.now();
    if (reads > 2) await new Promise<void>((resolve) => (slow = resolve));
    return ms;
  }, 1);
  await clock.start();
  const before = clock.now().getTime() - Date.now();
  await eventually(() => slow !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  slow!();
  await eventually(() => reads > 3);
  expect(Math.abs(clock.now().getTime() - Date.now() - before)).toBeLessThan(100);
  const stopped = clock.stop();
  slow!();
  await stopped;
});

it('has no time before the first read, and fails to start without a database', async () => {
  const { clock, database } = clockOf();
  expect(() => clock.now()).toThrow('has not been read');
  database.fails = true;
  await expect(clock.start()).rejects.toThrow('no connection');
});

it('reads the clock of PostgreSQL to the millisecond', async () => {
  const app = await TestApp.start();
  try {
    const sql = async (texts: TemplateStringsArray) => (await app.admin.query<{ ms: number }>(texts.join(''))).rows;
    const database = { session: () => ({ sql }) } as unknown as Parameters<typeof readDatabaseTime>[0];
    for (let nth = 0; nth < 3; nth += 1) {
      const before = Date.now();
      const ms = await readDatabaseTime(database);
      expect(ms).toBeGreaterThan(before - 2);
      expect(ms).toBeLessThan(Date.now() + 2);
    }
  } finally {
    await app.stop();
  }
});

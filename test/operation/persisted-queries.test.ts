import type { RateLimits } from '../../src/platform/access/rate-limits';
import { createCaller } from '../../src/platform/access/caller';
import { Role } from '../../src/platform/access/policy';
import { ActorKind } from '../../src/platform/access/actor';
import type { Database } from '../../src/platform/db/database';
import { PersistedQueries } from '../../src/platform/operation/persisted-queries';
import { silentLog } from '../support/silent-log';

const caller = (customerId: string) =>
  createCaller(Role.ADMIN, customerId, { kind: ActorKind.API_KEY, apiKeyId: customerId, label: 'a key' }, null);
const hash = (nth: number) => nth.toString(16).padStart(64, '0');

/** Statements that were sent, each ended by a call. */
function recorded() {
  const statements: (() => void)[] = [];
  let points = 0;
  const sql = () => new Promise((resolve) => statements.push(() => resolve([])));
  const queries = new PersistedQueries({
    database: { session: () => ({ sql }) } as unknown as Database,
    rates: { charge: (_caller: unknown, more: number) => (points += more) } as unknown as RateLimits,
    log: silentLog,
  });
  return { queries, statements, points: () => points };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a customer looks up hashes with one statement at a time, and pays for each', async () => {
  const { queries, statements, points } = recorded();
  const first = queries.find(caller('1'), hash(0));
  const others = Promise.all(Array.from({ length: 400 }, (_, nth) => queries.find(caller('1'), hash(nth))));
  const ofAnother = queries.find(caller('2'), hash(0));
  await turn();
  expect(statements).toHaveLength(2);
  statements.splice(0).forEach((end) => end());
  expect(await Promise.all([first, ofAnother])).toEqual([undefined, undefined]);
  await turn();
  expect(statements).toHaveLength(1);
  statements.splice(0).forEach((end) => end());
  expect(new Set(await others)).toEqual(new Set([undefined]));
  expect(points()).toBe(402 * 50);
});

test('more hashes than fit into a statement are looked up by the next one', async () => {
  const { queries, statements } = recorded();
  const all = Promise.all(Array.from({ length: 1_100 }, (_, nth) => queries.find(caller('1'), hash(nth))));
  let count = 0;
  const ending = all.then(() => 'ended');
  while ((await Promise.race([ending, turn()])) !== 'ended') {
    count += statements.length;
    expect(statements.length).toBeLessThanOrEqual(1);
    statements.splice(0).forEach((end) => end());
  }
  expect(count).toBe(4);
});

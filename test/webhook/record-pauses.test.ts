import { AttemptRecorder } from '../../src/features/webhook/attempt-recorder';
import type { EndedAttempt } from '../../src/features/webhook/webhook-attempt.repository';
import type { Database } from '../../src/platform/db/database';
import { silentLog } from '../support/silent-log';

/** Records everything at once, in no database. */
let groups: number;
const database = {
  transact: async (_scope: unknown, work: (tx: unknown) => Promise<unknown>) => {
    const result = await work({ send: () => undefined });
    groups += 1;
    return result;
  },
} as unknown as Database;

/** Ends the pause. */
let pauses: (() => void)[];
let recorder: AttemptRecorder;
beforeEach(() => {
  groups = 0;
  pauses = [];
  recorder = new AttemptRecorder(database, silentLog, () => new Promise((resolve) => pauses.push(resolve)));
});

let last = 0;
const record = (customerId: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      recorder.record({
        delivery: { customerId, webhookId: customerId, id: String((last += 1)), nextAttemptAt: new Date(0) },
        attempt: { startedAt: new Date(0), responseStatus: 204, responseBody: null, durationMs: 1, error: null },
        outcome: { status: 'SUCCEEDED', nextAttemptAt: null, failures: 0 },
        disabling: undefined,
      } as unknown as EndedAttempt),
    ),
  );

it('a customer alone is recorded without pauses', async () => {
  await record('1', 3);
  await record('1', 250);
  expect([groups, pauses.length]).toEqual([6, 0]);
});

it('beside others, a customer with several attempts at a time pauses after each group, and one attempt does not', async () => {
  await record('1', 1);
  await record('2', 1);
  expect([groups, pauses.length]).toEqual([2, 0]);

  // The first and the second group.
  const several = record('1', 3);
  await new Promise((resolve) => setImmediate(resolve));
  expect([groups, pauses.length]).toEqual([3, 1]);
  // Another customer does not wait.
  await record('2', 1);
  expect([groups, pauses.length]).toEqual([4, 1]);
  pauses.shift()!();
  await several;
  expect(groups).toBe(5);

  // What ends in a pause is recorded after it, together.
  const later = record('1', 2);
  await new Promise((resolve) => setImmediate(resolve));
  expect([groups, pauses.length]).toEqual([5, 1]);
  pauses.shift()!();
  await later;
  expect(groups).toBe(6);
});

import fc from 'fast-check';
import type { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import { appendEvents } from '../../src/platform/event/outbox';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { anEvent, change, createVersions, follow, type StreamFixture } from './stream-fixture';

interface Script {
  /** Devices to change, in ascending order to prevent deadlocks; null appends another event. */
  steps: (number | null)[];
  /** Turns of the event loop before each step. */
  turns: number[];
  commits: boolean;
}

const DEVICES = 3;

const script: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(fc.option(fc.nat(DEVICES - 1), { freq: 3 }), { minLength: 1, maxLength: 4 }).map((steps) => {
    const devices = steps.filter((step) => step !== null).sort();
    return steps.map((step) => (step === null ? null : devices.shift()!));
  }),
  turns: fc.array(fc.nat(8), { minLength: 4, maxLength: 4 }),
  commits: fc.nat(4).map((n) => n > 0),
});

async function play(database: Database, { steps, turns, commits }: Script): Promise<void> {
  const rolledBack = new Error('rolled back');
  const done = database.transact(OPERATOR_SCOPE, async (tx) => {
    for (const [index, step] of steps.entries()) {
      for (let turn = 0; turn < turns[index]!; turn += 1) await new Promise(setImmediate);
      if (step === null) appendEvents(tx, anEvent('other'));
      else await change(tx, step);
    }
    if (!commits) throw rolledBack;
  });
  await done.catch((error: unknown) => {
    if (error !== rolledBack) throw error;
  });
}

/** Asserts for concurrent writers and sequencers: each event is delivered once, without gaps and in the order of each device. */
export async function checkInterleavings(
  fixture: StreamFixture,
  databases: readonly Database[],
  runs: { seed: number; numRuns: number },
): Promise<void> {
  await createVersions(fixture.superuser, DEVICES);
  const writers = fc.array(fc.array(script, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 5 });
  const a = await fixture.start({ nudges: false, pollIntervalMs: 5 });
  const seen = follow(a, { after: 0 });
  let total = 0;
  await fc.assert(
    fc.asyncProperty(writers, async (scripts) => {
      const sequencers = databases.map((database) => new EventSequencer(database, undefined, 2));
      let isWriting = true;
      const sequencing = sequencers.map(async (sequencer) => {
        while (isWriting) await sequencer.sequence();
      });
      const writing = scripts.map(async (own, index) => {
        for (const one of own) await play(databases[index % 2]!, one);
      });
      await Promise.all(writing).finally(() => (isWriting = false));
      await Promise.all(sequencing);
      await sequencers[0]!.sequence();

      const committed = scripts.flat().filter(({ commits }) => commits);
      total += committed.flatMap(({ steps }) => steps).length;
      const stored = await fixture.stored();
      expect(stored.map(({ position }) => position)).toEqual(Array.from({ length: total }, (_, i) => String(i + 1)));
      await seen.has(total);
      expect(seen.events.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
      for (let device = 0; device < DEVICES; device += 1) {
        const versions = stored.map(({ n }) => String(n)).filter((n) => n.startsWith(`${device} v`));
        expect(versions).toEqual(versions.map((_, i) => `${device} v${i + 1}`));
      }
    }),
    runs,
  );
  expect(total).toBeGreaterThan(0);
}

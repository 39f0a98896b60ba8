import * as fc from 'fast-check';
import { FairQueue, QueueFullError, type FairQueueBounds } from '../../src/platform/base/fair-queue';

/** Enters, and records who was served, in order. */
class Visitors {
  readonly served: string[] = [];
  readonly refused: QueueFullError[] = [];
  private readonly inside: { owner: string; leave: () => void }[] = [];

  constructor(readonly queue: FairQueue) {}

  async enter(...owners: string[]): Promise<void> {
    for (const owner of owners)
      this.queue.enter(owner).then(
        (leave) => {
          this.served.push(owner);
          this.inside.push({ owner, leave });
        },
        (error: unknown) => this.refused.push(error as QueueFullError),
      );
    await settled();
  }

  /** The one who was served first leaves. */
  async leave(count = 1): Promise<void> {
    for (const { leave } of this.inside.splice(0, count)) leave();
    await settled();
  }

  of(owner: string): number {
    return this.inside.filter((one) => one.owner === owner).length;
  }

  get count(): number {
    return this.inside.length;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function visitors({ ofOwner = 3, ...bounds }: Partial<FairQueueBounds> & { ofOwner?: number } = {}): Visitors {
  return new Visitors(new FairQueue({ places: 4, placesOf: () => ofOwner, ...bounds }));
}

it('an owner who floods leaves a place free for others', async () => {
  const all = visitors();
  await all.enter('flood', 'flood', 'flood', 'flood', 'flood');
  expect(all.queue.waiting).toBe(2);
  await all.enter('light');
  expect(all.served).toEqual(['flood', 'flood', 'flood', 'light']);
});

it('the next free place goes to who uses the fewest, also behind a long queue of others', async () => {
  const all = visitors({ ofOwner: 2 });
  await all.enter(...'aabb'.split(''), ...'a'.repeat(50).split(''), ...'b'.repeat(50).split(''));
  await all.enter('light');
  await all.leave();
  expect(all.served.at(-1)).toBe('light');
});

it('owners with equal use take turns', async () => {
  const all = visitors({ places: 1, ofOwner: 1 });
  await all.enter('a', 'a', 'a', 'a', 'b', 'b', 'c');
  for (let nth = 0; nth < 6; nth += 1) await all.leave();
  expect(all.served.join('')).toBe('aabcaba');
});

it('one owner is served in the order of arrival', async () => {
  const queue = new FairQueue({ places: 1, placesOf: () => 1 });
  const order: number[] = [];
  const leave = await queue.enter('a');
  const others = [0, 1, 2].map(async (nth) => {
    const done = await queue.enter('a');
    order.push(nth);
    done();
  });
  leave();
  await Promise.all(others);
  expect(order).toEqual([0, 1, 2]);
  expect(queue).toMatchObject({ used: 0, waiting: 0 });
});

it('too many waiters of one owner are refused, and not those of others', async () => {
  const all = visitors({ waitersPerOwner: 2, waiters: 3 });
  await all.enter('a', 'a', 'a', 'a', 'a', 'a');
  expect(all.refused).toMatchObject([{ isOwn: true, isLate: false }]);
  await all.enter('b', 'b', 'c');
  expect(all.refused).toMatchObject([{ isOwn: true }, { isOwn: false, isLate: false }]);
  await all.enter('a');
  expect(all.refused).toHaveLength(3);
});

it('the patient wait beyond all bounds', async () => {
  const queue = new FairQueue({ places: 1, placesOf: () => 1, waiters: 0, waitMs: 1 });
  const leave = await queue.enter('a');
  await expect(queue.enter('a')).rejects.toBeInstanceOf(QueueFullError);
  const patient = queue.enter('a', { isPatient: true });
  leave();
  (await patient)();
  expect(queue).toMatchObject({ used: 0, waiting: 0 });
});

it('who has waited too long is refused, and its place goes to the next', async () => {
  const all = visitors({ places: 1, ofOwner: 1, waitMs: 1 });
  await all.enter('a', 'a', 'b');
  while (all.queue.waiting > 0) await settled();
  // The first one has reached what it may use itself; the other one waits for it.
  expect(all.refused).toMatchObject([
    { isOwn: true, isLate: true },
    { isOwn: false, isLate: true },
  ]);
  await all.leave();
  expect(all.queue.used).toBe(0);
  await all.enter('b');
  expect(all.served).toEqual(['a', 'b']);
});

it('leaving twice frees one place', async () => {
  const queue = new FairQueue({ places: 2, placesOf: () => 2 });
  const [first] = [await queue.enter('a'), await queue.enter('a')];
  first();
  first();
  expect(queue.used).toBe(1);
});

it('with any arrivals and departures, no place is idle that a waiter may have, and no owner has more than it may', async () => {
  const step = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.constant('leave'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      async (steps, places, ofOwner) => {
        const all = visitors({ places, ofOwner });
        const entered: string[] = [];
        for (const one of steps) {
          if (one === 'leave') await all.leave();
          else {
            entered.push(one);
            await all.enter(one);
          }
          expect(all.count).toBe(all.queue.used);
          expect(all.count).toBeLessThanOrEqual(places);
          const waiting = new Set(entered.filter((owner) => countOf(entered, owner) > countOf(all.served, owner)));
          for (const owner of new Set(entered)) expect(all.of(owner)).toBeLessThanOrEqual(ofOwner);
          if (all.count < places) for (const owner of waiting) expect(all.of(owner)).toBe(ofOwner);
        }
        while (all.count > 0) await all.leave(all.count);
        expect([...all.served].sort()).toEqual([...entered].sort());
        expect(all.queue).toMatchObject({ used: 0, waiting: 0 });
      },
    ),
    { numRuns: 200 },
  );
});

const countOf = (names: readonly string[], name: string) => names.filter((one) => one === name).length;

it('an owner may use fewer places for two seconds after another one was served, and all that are free then', async () => {
  let nowMs = 0;
  const queue = new FairQueue({ places: 6, placesOf: (_owner, isShared) => (isShared ? 1 : 3) }, () => nowMs);
  const leave = await Promise.all([1, 2, 3].map(() => queue.enter('heavy')));
  const served: number[] = [];
  const waiting = [1, 2, 3].map((nth) => queue.enter('heavy').then(() => served.push(nth)));
  (await queue.enter('light'))();
  leave.pop()!();
  leave.pop()!();
  await new Promise(setImmediate);
  expect([served, queue.used]).toEqual([[], 1]);
  nowMs = 2_000;
  leave.pop()!();
  await Promise.all(waiting);
  expect([served, queue.used]).toEqual([[1, 2, 3], 3]);
});

it('who gives up leaves the queue, and no place is lost', async () => {
  const queue = new FairQueue({ places: 1, placesOf: () => 1 });
  const gone = new AbortController();
  const leave = await queue.enter('a', { signal: gone.signal });
  const waits = [queue.enter('a', { signal: gone.signal }), queue.enter('b', { signal: gone.signal, isPatient: true })];
  const last = queue.enter('a');
  expect(queue.waiting).toBe(3);
  const reason = new Error('gone');
  gone.abort(reason);
  for (const wait of waits) await expect(wait).rejects.toBe(reason);
  await expect(queue.enter('c', { signal: gone.signal })).rejects.toBe(reason);
  expect(queue).toMatchObject({ used: 1, waiting: 1 });
  leave();
  (await last)();
  expect(queue).toMatchObject({ used: 0, waiting: 0 });
});

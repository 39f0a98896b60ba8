import fc from 'fast-check';
import { inOrder } from '../../src/programs/import-readings/in-order';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

it('answers in order, and takes no more than it works on, for any speed of the works', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 4 }), async (turns, concurrency) => {
      let taken = 0;
      let answered = 0;
      let open = 0;
      async function* source() {
        for (const index of turns.keys()) {
          taken += 1;
          expect(taken - answered).toBeLessThanOrEqual(concurrency);
          yield index;
        }
      }
      const answers = inOrder(source(), concurrency, async (index) => {
        open += 1;
        expect(open).toBeLessThanOrEqual(concurrency);
        for (let turn = 0; turn < turns[index]!; turn += 1) await new Promise(setImmediate);
        open -= 1;
        return index;
      });
      for await (const index of answers) {
        expect(index).toBe(answered);
        answered += 1;
      }
      expect(answered).toBe(turns.length);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('throws a failure in its turn, when the others have ended, and takes nothing more', async () => {
  const ended: number[] = [];
  const answered: number[] = [];
  async function* source() {
    for (const index of [0, 1, 2]) yield index;
    throw new Error('took more');
  }
  const work = async (index: number) => {
    if (index === 1) throw new Error('failed');
    for (let turn = 0; turn < 5 * (index + 1); turn += 1) await new Promise(setImmediate);
    ended.push(index);
    return index;
  };
  const all = (async () => {
    for await (const index of inOrder(source(), 3, work)) answered.push(index);
  })();
  await expect(all).rejects.toThrow('failed');
  expect(answered).toEqual([0]);
  expect(ended).toEqual([0, 2]);
});

it('passes on a failure of the source', async () => {
  async function* source() {
    yield 1;
    throw new Error('unreadable');
  }
  await expect(collect(inOrder(source(), 2, (item) => Promise.resolve(item)))).rejects.toThrow('unreadable');
});

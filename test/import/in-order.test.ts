import fc from 'fast-check';
import { inOrder } from '../../src/programs/import/in-order';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

it('yields results in order and reads no more items than it works on, however long each takes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 4 }), async (turns, concurrency) => {
      let read = 0;
      let yielded = 0;
      let open = 0;
      async function* source() {
        for (const index of turns.keys()) {
          read += 1;
          expect(read - yielded).toBeLessThanOrEqual(concurrency);
          yield index;
        }
      }
      const results = inOrder(source(), concurrency, async (index) => {
        open += 1;
        expect(open).toBeLessThanOrEqual(concurrency);
        for (let turn = 0; turn < turns[index]!; turn += 1) await new Promise(setImmediate);
        open -= 1;
        return index;
      });
      for await (const index of results) {
        expect(index).toBe(yielded);
        yielded += 1;
      }
      expect(yielded).toBe(turns.length);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('throws a failure in order, after the others have ended, and reads no further item', async () => {
  const ended: number[] = [];
  const yielded: number[] = [];
  async function* source() {
    for (const index of [0, 1, 2]) yield index;
    throw new Error('read another item');
  }
  const work = async (index: number) => {
    if (index === 1) throw new Error('failed');
    for (let turn = 0; turn < 5 * (index + 1); turn += 1) await new Promise(setImmediate);
    ended.push(index);
    return index;
  };
  const all = (async () => {
    for await (const index of inOrder(source(), 3, work)) yielded.push(index);
  })();
  await expect(all).rejects.toThrow('failed');
  expect(yielded).toEqual([0]);
  expect(ended).toEqual([0, 2]);
});

it('throws a failure of the source', async () => {
  async function* source() {
    yield 1;
    throw new Error('unreadable');
  }
  await expect(collect(inOrder(source(), 2, (item) => Promise.resolve(item)))).rejects.toThrow('unreadable');
});

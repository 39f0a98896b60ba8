import { oncePer } from '../../src/platform/base/settled-once';
import { growthOfOldGeneration } from '../support/old-generation';

it('computes a value once for each object', () => {
  let computed = 0;
  const size = oncePer((list: readonly number[]) => (computed += 1) * 100 + list.length);
  const [one, two] = [Object.freeze([1]), [1, 2]];
  expect([size(one), size(one), size(two), size(one)]).toEqual([101, 101, 202, 101]);
});

it('keeps an error, too', () => {
  let computed = 0;
  const failing = oncePer((_key: object): never => {
    throw new Error(`Failure ${(computed += 1)}`);
  });
  const key = {};
  expect(() => failing(key)).toThrow('Failure 1');
  expect(() => failing(key)).toThrow('Failure 1');
});

it('a copy of an object has a value of its own, and the object itself shows none', () => {
  const sumOf = oncePer(({ a, b }: { a: number; b: number }) => a + b);
  const sum = { a: 1, b: 2 };
  expect(sumOf(sum)).toBe(3);
  expect(sumOf({ ...sum, b: 5 })).toBe(6);
  expect(Reflect.ownKeys(sum)).toEqual(['a', 'b']);
});

it('two functions do not share their values', () => {
  const [first, second] = [oncePer((_key: object) => 'first'), oncePer((_key: object) => 'second')];
  const key = {};
  expect([first(key), second(key)]).toEqual(['first', 'second']);
});

it('values that refer to their objects wait for no full collection', async () => {
  const wrapped = oncePer((key: { text: string }) => ({ key }));
  const characters = Buffer.alloc(40_000, 'a');
  const growth = await growthOfOldGeneration(2_000, () => wrapped({ text: characters.toString('latin1') }));
  expect(growth).toBeLessThan(10_000_000);
});

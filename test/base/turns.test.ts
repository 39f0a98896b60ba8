import { LoopTurns, Turns } from '../../src/platform/base/turns';

/** No turn is a long one, however busy the machine is. */
const evenTurns = () => new LoopTurns(() => 0);

/** Goes around the event loop once, and lets what it settled continue. */
const around = () => new Promise((resolve) => setImmediate(resolve));

it('owners have one turn each, one for each time that the loop goes around', async () => {
  const loop = evenTurns();
  const had: string[] = [];
  for (const owner of 'aaaabc') void loop.next(owner).then(() => had.push(owner));
  const rounds: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    await around();
    rounds.push(had.splice(0).join(''));
  }
  expect(rounds.join(' ').trim().replaceAll(/ +/g, ' ')).toBe('a b c a a a');
});

it('ten operations of one customer delay a list of another customer by one turn', async () => {
  const loop = evenTurns();
  const had: string[] = [];
  const complete = async (owner: string, lists: number): Promise<void> => {
    const turns = new Turns(owner, loop);
    for (let list = 0; list < lists; list += 1) {
      await turns.take(200);
      had.push(owner);
    }
  };
  const heavy = Array.from({ length: 10 }, () => complete('heavy', 20));
  await around();
  had.length = 0;
  await complete('light', 3);
  expect(had.filter((owner) => owner === 'heavy').length).toBeLessThanOrEqual(4);
  await Promise.all(heavy);
});

it('a batch of loaders waits for the lists of its own operation only', async () => {
  const loop = evenTurns();
  const [one, other] = [new Turns('a', loop), new Turns('b', loop)];
  const order: string[] = [];
  await one.take(200);
  void one.take(200)!.then(() => order.push('list of a'));
  one.afterLists(() => order.push('batch of a'));
  other.afterLists(() => order.push('batch of b'));
  while (order.length < 3) await around();
  expect(order).toEqual(['batch of b', 'list of a', 'batch of a']);
});

it('after a long turn, others have as much time before the next one, but at most 25 ms', async () => {
  let nowMs = 0;
  const rests: number[] = [];
  const follow: (() => void)[] = [];
  const loop = new LoopTurns(
    () => nowMs,
    (next, ms) => {
      rests.push(ms);
      follow.push(next);
    },
  );
  const had: string[] = [];
  const work = async (name: string, tookMs: number): Promise<void> => {
    await loop.next('a');
    had.push(name);
    nowMs += tookMs;
  };
  const settle = async () => {
    for (let round = 0; round < 5; round += 1) await around();
  };
  for (const [name, tookMs] of [
    ['long', 20],
    ['short', 1],
    ['longer', 500],
    ['last', 1],
  ] as const)
    void work(name, tookMs);
  await settle();
  expect([had, rests]).toEqual([['long'], [20]]);
  follow.shift()!();
  await settle();
  expect([had, rests]).toEqual([
    ['long', 'short', 'longer'],
    [20, 25],
  ]);
  follow.shift()!();
  await settle();
  expect(had).toEqual(['long', 'short', 'longer', 'last']);
});

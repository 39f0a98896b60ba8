import { coalesce, spaced } from '../../src/platform/base/coalesce';
import { gate } from '../support/gate';

describe('coalesce', () => {
  it('serves each call with a run that began after the call, one run at a time', async () => {
    const gates = [gate(), gate(), gate()];
    let began = 0;
    let ended = 0;
    const run = coalesce(async () => {
      expect(began).toBe(ended);
      await gates[began++]!.opened;
      ended += 1;
    });
    const first = run();
    const second = [run(), run(), run()];
    expect(began).toBe(1);
    gates[0]!.open();
    await first;
    const third = run();
    gates[1]!.open();
    gates[2]!.open();
    await Promise.all([...second, third]);
    // The third call was made during the second run.
    expect([began, ended]).toEqual([3, 3]);
  });

  it('continues after a failure, which only the calls of that run see', async () => {
    let runs = 0;
    const run = coalesce(async () => {
      runs += 1;
      await Promise.resolve();
      if (runs === 1) throw new Error('first');
    });
    const results = await Promise.allSettled([run(), run(), run()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(runs).toBe(2);
    await run();
    expect(runs).toBe(3);
  });
});

describe('spaced', () => {
  it('runs at once after a pause, and then once for all calls within the time', async () => {
    let nowMs = 0;
    let runs = 0;
    const delayed: { follow: () => void; ms: number }[] = [];
    const run = spaced(
      () => (runs += 1),
      10,
      () => nowMs,
      (follow, ms) => delayed.push({ follow, ms }),
    );
    const turn = () => new Promise(setImmediate);

    run();
    run();
    expect(runs).toBe(0);
    await turn();
    expect([runs, delayed]).toEqual([1, []]);

    nowMs = 4;
    run();
    nowMs = 6;
    run();
    await turn();
    expect([runs, delayed.map(({ ms }) => ms)]).toEqual([1, [6]]);
    nowMs = 10;
    delayed[0]!.follow();
    expect(runs).toBe(2);

    nowMs = 20;
    run();
    await turn();
    expect([runs, delayed.length]).toEqual([3, 1]);
  });
});

import { coalesce } from '../../src/platform/base/coalesce';
import { gate } from '../support/gate';

describe('coalesce', () => {
  it('answers each call with a run that began after it, one at a time', async () => {
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
    // The third call came while the second run was under way.
    expect([began, ended]).toEqual([3, 3]);
  });

  it('goes on after a failure, which only those who shared the run see', async () => {
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

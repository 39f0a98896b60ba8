import { Backoff, every, pause } from '../../src/platform/base/loop';
import { eventually } from '../support/eventually';
import { gate } from '../support/gate';

const NEVER_MS = 3_600_000;

describe('Backoff', () => {
  it('doubles up to its maximum, with half of the delay random, and starts again after a reset', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1_000 });
    const between = (minMs: number, maxMs: number) => {
      const delayMs = backoff.next();
      expect(delayMs).toBeGreaterThanOrEqual(minMs);
      expect(delayMs).toBeLessThanOrEqual(maxMs);
    };
    between(50, 100);
    between(100, 200);
    between(200, 400);
    between(400, 800);
    between(500, 1_000);
    for (let failures = 0; failures < 2_000; failures += 1) between(500, 1_000);
    backoff.reset();
    between(50, 100);
  });
});

describe('pause', () => {
  it.each(['before', 'during'])('is ended by a signal %s it', async (when) => {
    const stopping = new AbortController();
    if (when === 'before') stopping.abort();
    const paused = pause(NEVER_MS, stopping.signal);
    stopping.abort();
    await expect(paused).resolves.toBeUndefined();
  });
});

describe('every', () => {
  let stopping: AbortController;
  const failures: [unknown, number][] = [];

  beforeEach(() => {
    stopping = new AbortController();
    failures.length = 0;
  });
  afterEach(() => stopping.abort());

  const start = (work: () => Promise<void>, options: Partial<Parameters<typeof every>[1]> = {}) =>
    every(work, {
      intervalMs: 1,
      signal: stopping.signal,
      onError: (error, count) => failures.push([error, count]),
      ...options,
    });

  it('continues after failures and counts consecutive ones', async () => {
    let runs = 0;
    const ended = start(async () => {
      runs += 1;
      if (runs !== 3) throw new Error(`run ${runs}`);
    });
    await eventually(() => runs >= 5);
    stopping.abort();
    await ended;
    expect(failures.slice(0, 4)).toEqual([
      [new Error('run 1'), 1],
      [new Error('run 2'), 2],
      [new Error('run 4'), 1],
      [new Error('run 5'), 2],
    ]);
  });

  it('never overlaps runs, and resolves after the run in progress', async () => {
    const rest = gate();
    let runs = 0;
    let hasEnded = false;
    const ended = start(async () => {
      runs += 1;
      await rest.opened;
    }).then(() => (hasEnded = true));
    await eventually(() => runs === 1);
    stopping.abort();
    await new Promise(setImmediate);
    expect({ runs, hasEnded }).toEqual({ runs: 1, hasEnded: false });
    rest.open();
    await ended;
    expect(runs).toBe(1);
  });

  it.each([
    ['its first delay', { firstDelayMs: NEVER_MS }, 0],
    ['its interval', { intervalMs: NEVER_MS }, 1],
  ])('stops during %s', async (_what, options, expected) => {
    let runs = 0;
    const ended = start(() => Promise.resolve(void (runs += 1)), options);
    await eventually(() => runs === expected);
    stopping.abort();
    await ended;
    expect(runs).toBe(expected);
  });

  it('pauses for the interval with jitter, and after a failure for the backoff', async () => {
    const pauses: number[] = [];
    const fail = () => Promise.reject(new Error('down'));
    const onError = (_error: unknown, _failures: number, pauseMs: number) => pauses.push(pauseMs);
    const jittered = start(fail, { intervalMs: 4, jitter: 0.25, onError });
    await eventually(() => pauses.length >= 20);
    stopping.abort();
    await jittered;
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5);

    pauses.length = 0;
    stopping = new AbortController();
    const backedOff = start(fail, {
      intervalMs: NEVER_MS,
      backoff: new Backoff({ firstMs: 2, maxMs: 4 }),
      onError,
    });
    await eventually(() => pauses.length >= 3);
    stopping.abort();
    await backedOff;
    expect(Math.max(...pauses)).toBeLessThanOrEqual(4);
  });
});

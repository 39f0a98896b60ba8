import { steadyMs } from './clock';

/**
 * Runs `work` one at a time. Calls during a run share the next run, which begins when the current one ends. So each call is
 * served by a run that began after the call.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const start = () => {
    running = work().finally(() => (running = undefined));
    return running;
  };
  const startNext = () => {
    next = undefined;
    return start();
  };
  return () => {
    if (next) return next;
    if (!running) return start();
    next = running.then(startNext, startNext);
    return next;
  };
}

/** Schedules `work` once for all calls within one turn of the event loop. */
export function oncePerTurn(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      work();
    });
  };
}

/**
 * Schedules `work` at the end of this turn of the event loop, but not sooner than some time after the last one. All calls until then
 * are one.
 *
 * @param now milliseconds of a steady clock
 * @param later calls a function after some milliseconds
 */
export function spaced(
  work: () => void,
  ms: number,
  now = steadyMs,
  later: (follow: () => void, ms: number) => void = setTimeout,
): () => void {
  let lastMs = -Infinity;
  let isDue = false;
  const run = () => {
    isDue = false;
    lastMs = now();
    work();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    const leftMs = lastMs + ms - now();
    if (leftMs > 0) later(run, leftMs);
    else setImmediate(run);
  };
}

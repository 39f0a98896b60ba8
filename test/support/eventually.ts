import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;
/** Shorter than jest's timeout, and long enough that no test depends on it on a slow machine. */
const GIVE_UP_MS = 60_000;

type Falsy = undefined | null | false | 0 | '';

/**
 * Waits until the probe returns a truthy value, and returns it.
 *
 * @param what description for the error message; by default the source of the probe
 */
export async function eventually<T>(
  probe: () => T | Falsy | Promise<T | Falsy>,
  what: string | (() => string) = () => probe.toString(),
): Promise<T> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (performance.now() > deadline)
      throw new Error(`Timed out waiting for: ${typeof what === 'string' ? what : what()}`);
    await sleep(POLL_MS);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;
/** Ends a wait that is in vain, before jest's own time-out: no test passes or fails by it on a slow machine. */
const GIVE_UP_MS = 60_000;

type Falsy = undefined | null | false | 0 | '';

/**
 * Waits until the probe gives something truthy, and returns it.
 *
 * @param what what is waited for, for the message of a wait in vain; by default the source of the probe
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
      throw new Error(`Waited in vain for: ${typeof what === 'string' ? what : what()}`);
    await sleep(POLL_MS);
  }
}

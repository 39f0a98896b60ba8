import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Waits until the probe answers something true; jest's time-out ends the wait. */
export async function eventually<T>(probe: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await sleep(POLL_MS);
  }
}

import { pause } from '../../platform/base/loop';

/** Part of the time that work for a customer with a backlog may take: a quarter. The rest is for customers without one. */
const PAUSE_FACTOR = 3;

/** What took longer has waited, for a lock or for others. */
const MAX_PAUSE_MS = 250;

/** Pauses between two portions of work for customers that have a backlog, in proportion to the time that the last one took. */
export function pauseAfter(ms: number): Promise<void> {
  return pause(Math.min(PAUSE_FACTOR * ms, MAX_PAUSE_MS));
}

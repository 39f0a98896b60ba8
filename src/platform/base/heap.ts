import { setFlagsFromString } from 'node:v8';

/**
 * Growth of the heap, in percent of what a full collection left, until the next one. V8 chooses it by the speed of the program: under
 * slow load, 43 MB grew to 111 MB. A full collection takes about 50 ms of CPU time, of which the program waits for 10 to 20.
 */
const GROWTH_PERCENT = 30;

/** Bounds the memory of this process. Call it first: V8 takes it from the next full collection on. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

import { getHeapSpaceStatistics } from 'node:v8';

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;
}

/** Runs of the work. Garbage that is in the old generation when a run begins can keep what the work makes alive until a full collection. */
const RUNS = 3;

/**
 * The greatest growth of V8's old generation during some work, in bytes. The work is done several times, and the least growth counts.
 *
 * Work whose objects are used for a moment hardly lets it grow: collections of the young generation free them. What they cannot free
 * waits for a full collection, which comes when the old generation has grown by tens of megabytes.
 */
export async function growthOfOldGeneration(times: number, work: (nth: number) => unknown): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < RUNS; run += 1) least = Math.min(least, await growthInRun(times, work));
  return least;
}

async function growthInRun(times: number, work: (nth: number) => unknown): Promise<number> {
  const before = oldBytes();
  let most = before;
  for (let nth = 0; nth < times; nth += 1) {
    await work(nth);
    most = Math.max(most, oldBytes());
  }
  return most - before;
}

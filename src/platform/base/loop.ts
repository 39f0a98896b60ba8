import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; the signal ends it early. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

export interface BackoffOptions {
  /** After the first failure; doubled after each further one. */
  firstMs: number;
  maxMs: number;
}

/** How long to wait after each of several failures in a row. */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /**
   * Counts a failure. Half of each delay is left to chance, so that those that failed together do not try again together.
   *
   * @returns milliseconds
   */
  next(): number {
    const { firstMs, maxMs } = this.options;
    const delayMs = Math.min(firstMs * 2 ** this.failures, maxMs);
    this.failures += 1;
    return delayMs * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}

export interface EveryOptions {
  /** From the end of a run to the start of the next one. */
  intervalMs: number;
  /** The part of the interval by which each pause is longer or shorter at random: 0.1 for up to 10 %. Default 0. */
  jitter?: number;
  /** From the call to the first run. Default 0. */
  firstDelayMs?: number;
  /** Pauses after runs that failed; default those after any run. */
  backoff?: Backoff;
  /** Ends the pause, and lets a run in progress end. */
  signal: AbortSignal;
  /** Must not throw. @param failures in a row, this one included */
  onError: (error: unknown, failures: number, pauseMs: number) => void;
}

/** As `every` about once an hour, the first time within a minute: instances that start at once do not all begin with it. */
export function hourly(work: () => Promise<void>, options: Pick<EveryOptions, 'signal' | 'onError'>): Promise<void> {
  return every(work, { ...options, intervalMs: 3_600_000, jitter: 0.1, firstDelayMs: Math.random() * 60_000 });
}

/** Does batch after batch until one is not full, or the signal is given. @returns how much all of them did */
export async function inBatches(size: number, signal: AbortSignal, batch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let last = size; last === size && !signal.aborted; total += last) last = await batch();
  return total;
}

/** A part that works in the background from its `start` on; `stop` waits for what runs. */
export abstract class BackgroundLoop {
  protected readonly stopping = new AbortController();
  protected running: Promise<unknown> = Promise.resolve();

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

/**
 * Runs `work` again and again, one run at a time, whether it fails or not.
 *
 * @returns resolves when the signal was given and the last run has ended
 */
export async function every(work: () => Promise<void>, options: EveryOptions): Promise<void> {
  const { intervalMs, jitter = 0, firstDelayMs = 0, backoff, signal, onError } = options;
  let failures = 0;
  await pause(firstDelayMs, signal);
  while (!signal.aborted) {
    let pauseMs = intervalMs * (1 - jitter + 2 * jitter * Math.random());
    try {
      await work();
      failures = 0;
      backoff?.reset();
    } catch (error) {
      failures += 1;
      pauseMs = backoff?.next() ?? pauseMs;
      onError(error, failures, pauseMs);
    }
    await pause(pauseMs, signal);
  }
}

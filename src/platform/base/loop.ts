import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the time has passed or the signal aborts. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

export interface BackoffOptions {
  /** Delay after the first failure; doubled after each further failure. */
  firstMs: number;
  maxMs: number;
}

/** Exponential backoff with jitter for consecutive failures. */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /**
   * Counts a failure. Half of each delay is random, so that simultaneous failures are not retried simultaneously.
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
  /** Pause from the end of a run to the start of the next. */
  intervalMs: number;
  /** Fraction of the interval by which each pause varies at random: 0.1 means up to 10 % longer or shorter. Default 0. */
  jitter?: number;
  /** Delay before the first run. Default 0. */
  firstDelayMs?: number;
  /** Pauses after failed runs. Default: the interval. */
  backoff?: Backoff;
  /** Ends a pause at once. A run in progress is allowed to finish. */
  signal: AbortSignal;
  /** Must not throw. @param failures number of consecutive failures, including this one */
  onError: (error: unknown, failures: number, pauseMs: number) => void;
}

/** Pauses of `hourly` after failures. The longest is that of a database that cannot be reached for long. */
const HOURLY_RETRY = { firstMs: 5_000, maxMs: 10_000 };

/**
 * `every` with an interval of about an hour. By default, the first run starts at random within a minute, to spread the instances. Failures are
 * retried within 10 s; only the first of several is reported.
 */
export function hourly(
  work: () => Promise<void>,
  {
    onError,
    firstDelayMs = Math.random() * 60_000,
    ...options
  }: Pick<EveryOptions, 'signal' | 'onError' | 'firstDelayMs'>,
): Promise<void> {
  return every(work, {
    ...options,
    intervalMs: 3_600_000,
    jitter: 0.1,
    firstDelayMs,
    backoff: new Backoff(HOURLY_RETRY),
    onError: (error, failures, pauseMs) => {
      if (failures === 1) onError(error, failures, pauseMs);
    },
  });
}

/** Runs batches until one is not full or the signal aborts. @returns the total of all batches */
export async function inBatches(size: number, signal: AbortSignal, batch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let last = size; last === size && !signal.aborted; total += last) last = await batch();
  return total;
}

/** Background work. `stop` waits for the run in progress. */
export abstract class BackgroundLoop {
  protected readonly stopping = new AbortController();
  protected running: Promise<unknown> = Promise.resolve();

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

/**
 * Runs `work` repeatedly, one run at a time, and continues after failures.
 *
 * @returns resolves after the signal has aborted and the last run has ended
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

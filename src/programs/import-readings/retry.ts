import { setTimeout as wait } from 'node:timers/promises';
import { ImportError } from './import-error';

const MAX_ASKED_MS = 60_000;

/** How long to go on asking a gateway that cannot answer now. */
export interface PatienceOptions {
  /** In all. */
  readonly attempts: number;
  /** Before the second attempt, doubled before each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** One to two minutes: a gateway that is replaced by its next version is back by then. */
export const DEFAULT_PATIENCE: PatienceOptions = { attempts: 10, firstDelayMs: 500, maxDelayMs: 30_000 };

/** A request that may succeed when it is sent again: no connection, no answer, or an answer that says so. */
export class TemporaryFailure extends Error {
  /** @param retryAfterMs what the gateway asked for */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

/**
 * Does work until it does not fail for a while only.
 *
 * @param onWait is told why, and how long the pause is
 * @throws ImportError after the last attempt; the reason of `signal`, which ends a pause at once and lets work that began end
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  options: PatienceOptions,
  signal: AbortSignal,
  onWait: (why: string, pauseMs: number) => void,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TemporaryFailure)) throw error;
      if (attempt >= options.attempts) throw new ImportError(`${error.message} It was tried ${attempt} times.`);
      const pauseMs = pauseBefore(attempt, options, error.retryAfterMs);
      onWait(error.message, pauseMs);
      // Only the signal can end it early; the loop says why.
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Half of it by chance, so that importers that failed together do not come back together. */
function pauseBefore(attempt: number, { firstDelayMs, maxDelayMs }: PatienceOptions, askedMs: number): number {
  const delay = Math.min(firstDelayMs * 2 ** (attempt - 1), maxDelayMs);
  return Math.round(Math.max(delay / 2 + (Math.random() * delay) / 2, Math.min(askedMs, MAX_ASKED_MS)));
}

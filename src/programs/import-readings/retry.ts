import { Backoff, pause, type BackoffOptions } from '../../platform/base/loop';
import { ImportError } from './import-error';

const MAX_ASKED_MS = 60_000;

/** How often to call a gateway again that is not available, and when. */
export interface RetryOptions extends BackoffOptions {
  /** In all. */
  readonly attempts: number;
}

/** One to two minutes: a gateway that is replaced by its next version is back by then. */
export const DEFAULT_RETRY: RetryOptions = { attempts: 10, firstMs: 500, maxMs: 30_000 };

/** A request that may succeed when it is sent again: no connection, no response, or a response that says so. */
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
 * @param onWait called before each pause, with its reason
 * @throws ImportError after the last attempt; the reason of `signal`, which ends a pause at once and lets work that began end
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  options: RetryOptions,
  signal: AbortSignal,
  onWait: (why: string, pauseMs: number) => void,
): Promise<Result> {
  const backoff = new Backoff(options);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TemporaryFailure)) throw error;
      if (attempt >= options.attempts) throw new ImportError(`${error.message} It was tried ${attempt} times.`);
      const pauseMs = Math.max(backoff.next(), Math.min(error.retryAfterMs, MAX_ASKED_MS));
      onWait(error.message, pauseMs);
      await pause(pauseMs, signal);
    }
  }
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Delay after each failure in turn, more than three days in total. After the last one the delivery has failed. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Spreads the retries of deliveries that failed together. */
const JITTER = 0.2;

/** Upper bound of the delay that an endpoint can request with Retry-After. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** Statuses for which Retry-After is honored. */
const RETRY_AFTER_STATUSES = new Set([429, 503]);

/**
 * Delay between a failure and the next attempt.
 *
 * @param failures of this delivery so far, including this one
 * @param random from 0 up to, but not including, 1
 * @returns milliseconds, or undefined if there is no further attempt
 */
export function delayAfter(
  failures: number,
  response: { status: number | null; retryAfter: string | null },
  now: Date,
  random = Math.random(),
): number | undefined {
  const delay = DELAYS_MS[failures - 1];
  if (delay === undefined) return undefined;
  const requested =
    response.status !== null && RETRY_AFTER_STATUSES.has(response.status)
      ? parseRetryAfter(response.retryAfter, now)
      : 0;
  return Math.round(Math.max(delay * (1 + JITTER * random), requested));
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). Returns 0 for any other value. */
function parseRetryAfter(value: string | null, now: Date): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * SECOND_MS : Date.parse(value) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

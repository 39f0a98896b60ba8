const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After each failure in turn; when they are used up, the delivery has failed. Over three days together. */
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

/** Deliveries that failed together are not tried again together. */
const JITTER = 0.2;

/** However long an endpoint asks to be left alone. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** Statuses with which an endpoint may say when to come again. */
const RETRY_AFTER_STATUSES = new Set([429, 503]);

/**
 * How long to wait after a failure.
 *
 * @param failures of this delivery so far, this one included
 * @param random from 0 up to, not including, 1
 * @returns milliseconds; undefined when it is not to be tried again
 */
export function delayAfter(
  failures: number,
  response: { status: number | null; retryAfter: string | null },
  now: Date,
  random = Math.random(),
): number | undefined {
  const delay = DELAYS_MS[failures - 1];
  if (delay === undefined) return undefined;
  const asked =
    response.status !== null && RETRY_AFTER_STATUSES.has(response.status)
      ? parseRetryAfter(response.retryAfter, now)
      : 0;
  return Math.round(Math.max(delay * (1 + JITTER * random), asked));
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3); 0 for anything else. */
function parseRetryAfter(value: string | null, now: Date): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * SECOND_MS : Date.parse(value) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

import { createHash } from 'node:crypto';
import { BackgroundLoop, every } from '../base/loop';
import type { RateBuckets } from '../base/rate-buckets';
import type { Database } from '../db/database';
import { isUnavailable } from '../db/pg-error';
import { WATCH_SCOPE } from '../db/scope';
import { describeFailure, type StreamLog } from '../db/stream-log';
import { mergeRateLimits } from './rate-limit.repository';

const INTERVAL_MS = 1_000;
/** Owners in one statement. */
const BATCH_SIZE = 1_000;

/**
 * Adds what this instance has let its callers spend to what all instances have, once a second and in one statement, and learns the
 * sum. Without anything spent there is no statement. While the database does not respond, each instance goes by what it knows.
 */
export class RateLimitMerger extends BackgroundLoop {
  constructor(
    private readonly database: Database,
    private readonly buckets: RateBuckets,
    private readonly log: StreamLog,
    private readonly intervalMs = INTERVAL_MS,
  ) {
    super();
  }

  start(): void {
    this.running = every(() => this.merge(), {
      intervalMs: this.intervalMs,
      firstDelayMs: this.intervalMs,
      signal: this.stopping.signal,
      onError: (error) => {
        if (!isUnavailable(error)) this.log.warn(describeFailure(error), 'could not share the rate limits');
      },
    });
  }

  private async merge(): Promise<void> {
    const session = this.database.session(WATCH_SCOPE);
    for (let isFull = true; isFull && !this.stopping.signal.aborted;) {
      const spent = this.buckets.take(BATCH_SIZE);
      isFull = spent.length === BATCH_SIZE;
      if (spent.length === 0) return;
      // A key may say who someone is.
      const keys = new Map(spent.map(([key]) => [hashOf(key), key]));
      const merged = await mergeRateLimits(
        session,
        [...keys].map(([hash], index) => [hash, spent[index]![1]]),
      );
      this.buckets.merged(merged.map(([hash, ms]) => [keys.get(hash)!, ms]));
    }
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

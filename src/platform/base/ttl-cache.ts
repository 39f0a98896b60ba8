import { LRUCache } from 'lru-cache';

/** Lifetime of a cached row; a revocation takes effect on every instance within this time. */
export const CACHE_TTL_MS = 4_000;

/** A few megabytes when full. The least recently used rows are evicted. */
const MAX_CACHED = 10_000;

/**
 * Rows by key, cached for CACHE_TTL_MS from the start of their statement, since the row is as old as its statement.
 *
 * Simultaneous requests for one key share one statement. Misses are not cached, so a new row is found at once, and guessed keys
 * cannot evict known rows.
 */
export class TtlCache<Row extends object> {
  // ttlResolution 0: otherwise the cache would start a timer to reuse the current time for a millisecond.
  private readonly cached = new LRUCache<string, Row>({
    max: MAX_CACHED,
    ttl: CACHE_TTL_MS,
    ttlResolution: 0,
  });
  private readonly pending = new Map<string, Promise<Row | undefined>>();

  constructor(private readonly find: (key: string) => Promise<Row | undefined>) {}

  /** The row if it is cached now. */
  cachedRow(key: string): Row | undefined {
    return this.cached.get(key);
  }

  async get(key: string): Promise<Row | undefined> {
    const row = this.cached.get(key);
    if (row) return row;
    let reading = this.pending.get(key);
    if (!reading) {
      reading = this.read(key).finally(() => this.pending.delete(key));
      this.pending.set(key, reading);
    }
    return reading;
  }

  private async read(key: string): Promise<Row | undefined> {
    const start = performance.now();
    const row = await this.find(key);
    if (row) this.cached.set(key, row, { start });
    return row;
  }
}

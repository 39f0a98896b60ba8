import { LRUCache } from 'lru-cache';

/** What was read is believed for this long: a revocation takes effect on every instance within it. */
export const CACHE_TTL_MS = 4_000;

/** A few megabytes when full; beyond it the longest unused are read anew. */
const MAX_CACHED = 10_000;

/**
 * Rows by key, remembered for CACHE_TTL_MS from when they were asked for: what a statement saw is as old as the statement.
 *
 * Simultaneous questions for one key share one statement. What was not found is not cached, so a new row is found at
 * once, and guesses cannot push out what is known.
 */
export class TtlCache<Row extends object> {
  // ttlResolution: the cache would otherwise keep the time of day for a millisecond by a timer of its own.
  private readonly cached = new LRUCache<string, Row>({
    max: MAX_CACHED,
    ttl: CACHE_TTL_MS,
    ttlResolution: 0,
  });
  private readonly pending = new Map<string, Promise<Row | undefined>>();

  constructor(private readonly find: (key: string) => Promise<Row | undefined>) {}

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

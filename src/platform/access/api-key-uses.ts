import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock';
import { BackgroundLoop, every } from '../base/loop';
import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import { describeFailure, type StreamLog } from '../db/stream-log';
import { recordApiKeyUses } from './api-key.repository';

const HOUR_MS = 60 * 60 * 1000;
/** A process that is killed loses the uses of this time. */
const DEFAULT_INTERVAL_MS = 10_000;
/** Number of keys in memory, about 100 bytes each. */
const MAX_KEYS = 10_000;
const BATCH_SIZE = 1_000;

export interface ApiKeyUsesOptions {
  database: Database;
  clock: Clock;
  log: StreamLog;
  intervalMs?: number;
}

/**
 * Records in which hour each API key was last used, in the background.
 *
 * An instance writes each key at most once per hour. When more than `MAX_KEYS` keys are in use, it forgets the least recently
 * used ones and may send their hour again, which then changes no row.
 */
export class ApiKeyUses extends BackgroundLoop {
  /** The latest hour that was noted for a key. */
  private readonly noted = new LRUCache<string, number>({ max: MAX_KEYS });
  /** Hours that are not written yet. */
  private readonly pending = new Map<string, number>();

  constructor(private readonly options: ApiKeyUsesOptions) {
    super();
  }

  /** Notes that a key is in use now. Called for each request: it does not wait, and writes nothing. */
  note(id: string): void {
    const hour = Math.floor(this.options.clock.now().getTime() / HOUR_MS);
    if (this.noted.get(id) === hour || (this.pending.size >= MAX_KEYS && !this.pending.has(id))) return;
    this.noted.set(id, hour);
    this.pending.set(id, hour);
  }

  start(): void {
    const intervalMs = this.options.intervalMs ?? DEFAULT_INTERVAL_MS;
    this.running = every(() => this.flush(), {
      intervalMs,
      firstDelayMs: intervalMs,
      jitter: 0.1,
      signal: this.stopping.signal,
      onError: (error) => this.report(error, 'could not record uses of API keys, the next round retries'),
    });
  }

  /** Also writes what is pending. */
  override async stop(): Promise<void> {
    await super.stop();
    await this.flush().catch((error: unknown) => this.report(error, 'could not record the last uses of API keys'));
  }

  private async flush(): Promise<void> {
    const session = this.options.database.session(SYSTEM_SCOPE);
    while (this.pending.size > 0) {
      const batch = [...this.pending].slice(0, BATCH_SIZE);
      await recordApiKeyUses(
        session,
        batch.map(([id, hour]) => ({ id, hour: new Date(hour * HOUR_MS) })),
      );
      // A key that was used in a later hour in the meantime stays.
      for (const [id, hour] of batch) if (this.pending.get(id) === hour) this.pending.delete(id);
    }
  }

  private report(error: unknown, message: string): void {
    this.options.log.warn(describeFailure(error), message);
  }
}

import { BackgroundLoop, Backoff, every } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import { text } from '../../platform/db/sql';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';

/** Partitions are there two months ahead, so a round may fail many times before one is missed, and then the default one is. */
const DEFAULT_INTERVALS = { roundMs: 6 * 3_600_000, retryMs: 60_000 };

/** Making a partition waits for those who read the default one: no longer than they should wait for it. */
const LOCK_TIMEOUT_MS = 500;

/** Makes the partitions of readings ahead of time; any instance does it for all. */
export class ReadingPartitions extends BackgroundLoop {
  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly intervals = DEFAULT_INTERVALS,
  ) {
    super();
  }

  /** Makes those that are missing now, and from time to time from then on. Failures are logged and tried again. */
  start(): void {
    const { roundMs, retryMs } = this.intervals;
    this.running = every(() => this.round(), {
      intervalMs: roundMs,
      jitter: 0.1,
      backoff: new Backoff({ firstMs: retryMs, maxMs: retryMs }),
      signal: this.stopping.signal,
      onError: (error) => {
        this.log.warn(describeFailure(error), 'partitions of readings not made, the next round tries again');
      },
    });
  }

  /** @returns how many were made */
  async ensure(): Promise<number> {
    return this.database.transact(SYSTEM_SCOPE, async (tx) => {
      await tx.sql`/* partition_lock_timeout */ select set_config('lock_timeout', ${text(String(LOCK_TIMEOUT_MS))}, true)`;
      const [row] = await tx.sql<{
        made: number;
      }>`/* ensure_reading_partitions */ select ensure_reading_partitions() as made`;
      return row!.made;
    });
  }

  private async round(): Promise<void> {
    const partitions = await this.ensure();
    if (partitions > 0) this.log.info({ partitions }, 'partitions of readings made');
  }
}

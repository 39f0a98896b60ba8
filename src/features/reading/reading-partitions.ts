import { BackgroundLoop, Backoff, every } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import { text } from '../../platform/db/sql';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';

/** Partitions exist two months ahead, so many rounds can fail before one is missing. Even then the default partition takes the rows. */
const DEFAULT_INTERVALS = { roundMs: 6 * 3_600_000, retryMs: 60_000 };

/** Creating a partition waits for transactions that use the default partition, and new ones then wait for it: keep that short. */
const LOCK_TIMEOUT_MS = 500;

/** Creates the partitions of table `reading` ahead of time. One instance is enough; all may run it. */
export class ReadingPartitions extends BackgroundLoop {
  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly intervals = DEFAULT_INTERVALS,
  ) {
    super();
  }

  /** Creates missing partitions now and then periodically. Failures are logged and retried. */
  start(): void {
    const { roundMs, retryMs } = this.intervals;
    this.running = every(() => this.round(), {
      intervalMs: roundMs,
      jitter: 0.1,
      backoff: new Backoff({ firstMs: retryMs, maxMs: retryMs }),
      signal: this.stopping.signal,
      onError: (error) => {
        this.log.warn(describeFailure(error), 'creating reading partitions failed, will retry');
      },
    });
  }

  /** @returns number of partitions created */
  async ensure(): Promise<number> {
    return this.database.transact(SYSTEM_SCOPE, async (tx) => {
      await tx.sql`/* partition_lock_timeout */ select set_config('lock_timeout', ${text(String(LOCK_TIMEOUT_MS))}, true)`;
      const [row] = await tx.sql<{
        created: number;
      }>`/* ensure_reading_partitions */ select ensure_reading_partitions() as created`;
      return row!.created;
    });
  }

  private async round(): Promise<void> {
    const partitions = await this.ensure();
    if (partitions > 0) this.log.info({ partitions }, 'reading partitions created');
  }
}

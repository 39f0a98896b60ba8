import { BackgroundLoop, Backoff, every } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';

/** Partitions exist two months ahead, so many rounds can fail before one is missing. Even then the default partition takes the rows. */
const DEFAULT_INTERVALS = { roundMs: 6 * 3_600_000, retryMs: 1_000, maxRetryMs: 60_000 };

/** More steps than any state needs. */
const MAX_STEPS = 10;

/**
 * Creates the partitions of table `reading` ahead of time. One instance is enough; all may run it.
 *
 * It waits for a lock for at most a second. Callers who come later wait for it, so then it gives up, and tries again later.
 */
export class ReadingPartitions extends BackgroundLoop {
  private isPrepared = false;

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly intervals: Partial<typeof DEFAULT_INTERVALS> = {},
  ) {
    super();
  }

  /** Creates missing partitions before the first request. If that fails, the gateway starts all the same. */
  async prepare(): Promise<void> {
    try {
      await this.round();
      this.isPrepared = true;
    } catch (error) {
      this.warn(error);
    }
  }

  /** Creates missing partitions periodically. Failures are logged and retried. */
  start(): void {
    const { roundMs, retryMs, maxRetryMs } = { ...DEFAULT_INTERVALS, ...this.intervals };
    this.running = every(() => this.round(), {
      intervalMs: roundMs,
      jitter: 0.1,
      firstDelayMs: this.isPrepared ? roundMs : 0,
      backoff: new Backoff({ firstMs: retryMs, maxMs: maxRetryMs }),
      signal: this.stopping.signal,
      onError: (error) => this.warn(error),
    });
  }

  /** @returns number of partitions created */
  async ensure(): Promise<number> {
    let partitions = 0;
    for (let step = 1; step <= MAX_STEPS; step += 1) {
      const { made, isDone } = await this.step();
      partitions += made;
      if (isDone) return partitions;
    }
    throw new Error(`The partitions of readings were not complete after ${MAX_STEPS} steps.`);
  }

  /** Each step is a transaction of its own, so that recorders wait for none that reads many rows. */
  private step(): Promise<{ made: number; isDone: boolean }> {
    return this.database.transact(SYSTEM_SCOPE, async (tx) => {
      const [row] = await tx.sql<{
        made: number;
        isDone: boolean;
      }>`/* maintain_reading_partitions */ select made, is_done as "isDone" from maintain_reading_partitions()`;
      return row!;
    });
  }

  private async round(): Promise<void> {
    const partitions = await this.ensure();
    if (partitions > 0) this.log.info({ partitions }, 'reading partitions created');
  }

  private warn(error: unknown): void {
    this.log.warn(describeFailure(error), 'creating reading partitions failed, will retry');
  }
}

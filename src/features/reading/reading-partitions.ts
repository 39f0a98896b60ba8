import { BackgroundLoop, Backoff, every, pause } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import { int } from '../../platform/db/sql';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';

/**
 * Readings of a year that has no partition are in the default partition until the next round. A change of partitions waits for
 * transactions that use readings, and new ones then wait for it: it gives up after 250 ms for each lock, and is retried.
 */
const DEFAULT_INTERVALS = { roundMs: 2_000, retryMs: 1_000, maxRetryMs: 60_000 };

/** A portion locks the devices and patients of its readings against deletion and FOR UPDATE: keep it short. */
const PORTION_MS = 100;
/** Pages of 8 kB that a portion copies: at first, and at most. A page has about 75 readings. */
const BLOCKS = { first: 16, max: 512 };

/** What one step did. `amount` is a number of readings or of partitions. */
interface Step {
  action: 'busy' | 'idle' | 'restarted' | 'staged' | 'copied' | 'attached';
  amount: number;
}

/**
 * Creates the partitions of table `reading`, and moves the readings of the default partition into them. All instances may run it:
 * one works at a time, and continues what another began.
 */
export class ReadingPartitions extends BackgroundLoop {
  private blocks = BLOCKS.first;

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly intervals: Partial<typeof DEFAULT_INTERVALS> = {},
  ) {
    super();
  }

  /** Works now and then periodically. Failures are logged and retried. */
  start(): void {
    const { roundMs, retryMs, maxRetryMs } = { ...DEFAULT_INTERVALS, ...this.intervals };
    this.running = every(async () => void (await this.ensure()), {
      intervalMs: roundMs,
      jitter: 0.1,
      backoff: new Backoff({ firstMs: retryMs, maxMs: Math.max(retryMs, maxRetryMs) }),
      signal: this.stopping.signal,
      onError: (error) => {
        this.blocks = Math.max(1, this.blocks >> 1);
        this.log.warn(describeFailure(error), 'creating reading partitions failed, will retry');
      },
    });
  }

  /** Takes steps until nothing is left, or another instance is at work. @returns number of partitions created */
  async ensure(): Promise<number> {
    let [created, copied] = [0, 0];
    while (!this.stopping.signal.aborted) {
      const startedAt = performance.now();
      const { action, amount } = await this.step();
      const tookMs = performance.now() - startedAt;
      if (action === 'idle' || action === 'busy') break;
      if (action === 'attached') created += amount;
      if (action !== 'copied') continue;
      copied += amount;
      this.blocks = tookMs > PORTION_MS ? Math.max(1, this.blocks >> 1) : Math.min(BLOCKS.max, this.blocks + 4);
      await pause(tookMs / 2, this.stopping.signal); // callers get the larger part of the machine
    }
    if (created > 0) this.log.info({ partitions: created, readings: copied }, 'reading partitions created');
    return created;
  }

  /** One transaction. */
  private async step(): Promise<Step> {
    const [row] = await this.database.session(SYSTEM_SCOPE).sql<Step>`/* ensure_reading_partitions */
      select action, amount::int as amount from maintain_reading_partitions(${int(this.blocks)})`;
    return row!;
  }
}

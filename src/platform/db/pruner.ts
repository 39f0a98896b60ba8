import { BackgroundLoop, hourly, inBatches } from '../base/loop';
import type { Database } from './database';
import { SYSTEM_SCOPE } from './scope';
import type { Tx } from './session';
import { describeFailure, type StreamLog } from './stream-log';

const DEFAULT_BATCH_SIZE = 1_000;

/** Deletes rows that are older than their retention, in batches. Every instance runs it, for all customers. */
export abstract class Pruner extends BackgroundLoop {
  /** @param what the rows in the plural, as log lines name them */
  constructor(
    private readonly what: string,
    private readonly database: Database,
    private readonly log: StreamLog,
    protected readonly batchSize = DEFAULT_BATCH_SIZE,
  ) {
    super();
  }

  /** Deletes at most `batchSize` rows. @returns the number of rows deleted */
  protected abstract pruneBatch(tx: Tx): Promise<number>;

  start(): void {
    this.running = hourly(() => this.round(), {
      signal: this.stopping.signal,
      onError: (error) => {
        this.log.warn(describeFailure(error), `could not prune old ${this.what}, will retry`);
      },
    });
  }

  /** @returns the number of rows deleted */
  async prune(): Promise<number> {
    return inBatches(this.batchSize, this.stopping.signal, () =>
      this.database.transact(SYSTEM_SCOPE, (tx) => this.pruneBatch(tx)),
    );
  }

  private async round(): Promise<void> {
    const rows = await this.prune();
    if (rows > 0) this.log.info({ rows }, `old ${this.what} pruned`);
  }
}

import { BackgroundLoop, hourly, inBatches } from '../base/loop';
import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Tx } from '../db/session';
import { int } from '../db/sql';
import { describeFailure, type StreamLog } from '../db/stream-log';
import { KEPT } from './idempotency-keys';

const DEFAULT_BATCH_SIZE = 1_000;

/** Deletes idempotency keys that are older than their retention. Every instance runs it, for all callers. */
export class IdempotencyPruner extends BackgroundLoop {
  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly batchSize = DEFAULT_BATCH_SIZE,
  ) {
    super();
  }

  start(): void {
    this.running = hourly(() => this.round(), {
      signal: this.stopping.signal,
      onError: (error) => {
        this.log.warn(describeFailure(error), 'could not prune old idempotency keys, the next round retries');
      },
    });
  }

  /** @returns the number of keys deleted */
  async prune(): Promise<number> {
    return inBatches(this.batchSize, this.stopping.signal, () =>
      this.database.transact(SYSTEM_SCOPE, (tx) => this.pruneBatch(tx)),
    );
  }

  private async round(): Promise<void> {
    const keys = await this.prune();
    if (keys > 0) this.log.info({ keys }, 'old idempotency keys pruned');
  }

  private async pruneBatch(tx: Tx): Promise<number> {
    const rows = await tx.sql`/* prune_idempotency_keys */ delete from idempotency_key k using (
        select x.customer_id, x.key_hash from idempotency_key x where x.created_at < clock_timestamp() - ${KEPT}
        order by x.created_at limit ${int(this.batchSize)} for update skip locked
      ) old where k.customer_id = old.customer_id and k.key_hash = old.key_hash returning 1`;
    return rows.length;
  }
}

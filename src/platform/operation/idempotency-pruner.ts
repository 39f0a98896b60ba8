import type { Database } from '../db/database';
import { Pruner } from '../db/pruner';
import type { Tx } from '../db/session';
import { int } from '../db/sql';
import type { StreamLog } from '../db/stream-log';
import { KEPT } from './idempotency-keys';

/** Deletes idempotency keys that are older than their retention. */
export class IdempotencyPruner extends Pruner {
  constructor(database: Database, log: StreamLog, batchSize?: number) {
    super('idempotency keys', database, log, batchSize);
  }

  protected async pruneBatch(tx: Tx): Promise<number> {
    const rows = await tx.sql`/* prune_idempotency_keys */ delete from idempotency_key k using (
        select x.customer_id, x.key_hash from idempotency_key x where x.created_at < clock_timestamp() - ${KEPT}
        order by x.created_at limit ${int(this.batchSize)} for update skip locked
      ) old where k.customer_id = old.customer_id and k.key_hash = old.key_hash returning 1`;
    return rows.length;
  }
}

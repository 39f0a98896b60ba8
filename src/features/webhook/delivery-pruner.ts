import type { Database } from '../../platform/db/database';
import { Pruner } from '../../platform/db/pruner';
import type { Tx } from '../../platform/db/session';
import type { StreamLog } from '../../platform/db/stream-log';
import { pruneDeliveries } from './delivery.repository';

/** Deletes finished deliveries that are older than the retention. */
export class DeliveryPruner extends Pruner {
  constructor(
    database: Database,
    private readonly retentionDays: number,
    log: StreamLog,
  ) {
    super('webhook deliveries', database, log);
  }

  protected pruneBatch(tx: Tx): Promise<number> {
    return pruneDeliveries(tx, this.retentionDays, this.batchSize);
  }
}

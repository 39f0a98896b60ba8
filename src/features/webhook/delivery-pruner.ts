import type { Database } from '../../platform/db/database';
import { Pruner } from '../../platform/db/pruner';
import type { Tx } from '../../platform/db/session';
import type { StreamLog } from '../../platform/db/stream-log';
import { expireDeliveries, pruneDeliveries } from './delivery.repository';
import { prunePlanningFailures } from './webhook-event.repository';

/**
 * Deletes deliveries and planning failures that are older than the retention: finished deliveries, and those that were due for as long
 * without an attempt, as while their webhook is disabled.
 */
export class DeliveryPruner extends Pruner {
  constructor(
    database: Database,
    private readonly retentionDays: number,
    log: StreamLog,
  ) {
    super('webhook deliveries', database, log);
  }

  protected async pruneBatch(tx: Tx): Promise<number> {
    const { retentionDays, batchSize } = this;
    let rows = 0;
    // A batch that is full is followed by another one.
    for (const prune of [pruneDeliveries, expireDeliveries, prunePlanningFailures])
      if (rows < batchSize) rows += await prune(tx, retentionDays, batchSize - rows);
    return rows;
  }
}

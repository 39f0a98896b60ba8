import type { Database } from '../db/database';
import { Pruner } from '../db/pruner';
import type { Tx } from '../db/session';
import { bigint, int, sql } from '../db/sql';
import type { StreamLog } from '../db/stream-log';

/** Deletes events that are older than the retention, oldest first. The sequencer waits about 10 ms for a full batch. */
export class OutboxPruner extends Pruner {
  constructor(
    database: Database,
    private readonly retentionDays: number,
    log: StreamLog,
    batchSize?: number,
  ) {
    super('events', database, log, batchSize);
  }

  /**
   * Deletes the oldest events, up to the first that is within the retention or not yet read by a consumer. The remaining events
   * have no gaps and begin after pruned_position. The lock on event_head excludes concurrent rounds of other instances.
   */
  protected async pruneBatch(tx: Tx): Promise<number> {
    type Head = { prunedPosition: string };
    const [head] = await tx.sql<Head>`/* lock_event_head_to_prune */ select h.pruned_position as "prunedPosition"
      from event_head h for update`;
    const before = Number(head!.prunedPosition);
    const pruned = bigint(before);
    const retention = sql`make_interval(days => ${int(this.retentionDays)})`;
    const [moved] = await tx.sql<Head>`/* prune_events */ with oldest as (
      select e.position, e.created_at < clock_timestamp() - ${retention} as is_old from event e
      where (e.position + 0) > ${pruned} order by (e.position + 0) limit ${int(this.batchSize)}),
    bound as (
      select least(coalesce(min(o.position) filter (where not o.is_old) - 1, max(o.position)),
        (select min(c.position) from event_consumer c)) as position from oldest o),
    deleted as (delete from event e using bound b where (e.position + 0) > ${pruned} and (e.position + 0) <= b.position),
    head as (
      update event_head h set pruned_position = b.position from bound b where b.position > h.pruned_position
      returning h.pruned_position)
    select head.pruned_position as "prunedPosition" from head`;
    return moved ? Number(moved.prunedPosition) - before : 0;
  }
}

import type { Database } from '../db/database';
import { PLANNING_SCOPE } from '../db/scope';
import type { Tx } from '../db/session';
import { bigint, sql, text } from '../db/sql';
import { coalesce } from '../base/coalesce';
import { lockNextBatch } from './event.repository';

/** Bounds of the events that are handled in one transaction. One event may be larger than `bytes`. */
const BATCH = { events: 500, bytes: 8_388_608 };

/** The events with `after` < position <= `upTo`: at least one, and all of them exist. */
export interface EventRange {
  readonly after: number;
  readonly upTo: number;
}

/** What is done after the commit. */
type AfterCommit = () => Promise<void>;

/**
 * A reader of the outbox that stores its position in the database. One instance at a time advances it. Each event is handled
 * exactly once, in the transaction that moves the position past it.
 */
export class OutboxConsumer {
  private isStopping = false;

  /**
   * @param name of the row of event_consumer
   * @param handle must have no effects outside the transaction, and must not depend on the contents of an event, because an
   *   event that it cannot handle would stop the consumer. What it returns is called after the commit
   */
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly handle: (tx: Tx, range: EventRange) => Promise<void> | AfterCommit,
    private readonly batch = BATCH,
  ) {}

  /** Handles the sequenced events that are not handled yet, unless another instance is doing so. Concurrent calls share their work. */
  readonly consume = coalesce(() => this.consumeAll());

  /** Waits for a run in progress, which ends after its batch. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.consume().catch(() => undefined);
  }

  private async consumeAll(): Promise<void> {
    let isFull = true;
    while (isFull && !this.isStopping) {
      const batch = await this.database.transact(PLANNING_SCOPE, (tx) => this.consumeBatch(tx));
      await batch?.afterCommit?.();
      isFull = batch?.isFull ?? false;
    }
  }

  /** @returns undefined without events */
  private async consumeBatch(tx: Tx): Promise<{ isFull: boolean; afterCommit: AfterCommit | undefined } | undefined> {
    const batch = await lockNextBatch(tx, this.name, this.batch);
    if (!batch) return undefined;
    const { after, upTo, isFull } = batch;
    const handled = await this.handle(tx, { after, upTo });
    tx.send(sql`/* move_event_consumer */ update event_consumer c
      set position = ${bigint(upTo)} where c.name = ${text(this.name)}`);
    return { isFull, afterCommit: typeof handled === 'function' ? handled : undefined };
  }
}

import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Tx } from '../db/session';
import { bigint, text } from '../db/sql';
import { coalesce } from '../base/coalesce';
import { readEventsAfter } from './event.repository';
import type { StreamEvent } from './outbox';

/** Events handled in one transaction. An event of readings contains up to a hundred. */
const BATCH_SIZE = 100;

/**
 * A reader of the outbox that stores its position in the database. One instance at a time advances it. Each event is handled
 * exactly once, in the transaction that moves the position past it.
 */
export class OutboxConsumer {
  private isStopping = false;

  /**
   * @param name of the row of event_consumer
   * @param handle must have no effects outside the transaction
   */
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly handle: (tx: Tx, events: readonly StreamEvent[]) => Promise<void>,
  ) {}

  /** Handles the sequenced events that are not handled yet, unless another instance is doing so. Concurrent calls share their work. */
  readonly consume = coalesce(() => this.consumeAll());

  /** Waits for a run in progress, which ends after its batch. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.consume().catch(() => undefined);
  }

  private async consumeAll(): Promise<void> {
    while (!this.isStopping) {
      const handled = await this.database.transact(SYSTEM_SCOPE, (tx) => this.consumeBatch(tx));
      if (handled < BATCH_SIZE) return;
    }
  }

  private async consumeBatch(tx: Tx): Promise<number> {
    const [consumer] = await tx.sql<{
      position: string;
    }>`/* lock_event_consumer */ select c.position from event_consumer c
      where c.name = ${text(this.name)} for update skip locked`;
    if (!consumer) return 0;
    const events = await readEventsAfter(tx, Number(consumer.position), BATCH_SIZE);
    if (events.length === 0) return 0;
    await this.handle(tx, events);
    await tx.sql`/* move_event_consumer */ update event_consumer c
      set position = ${bigint(events.at(-1)!.position)} where c.name = ${text(this.name)}`;
    return events.length;
  }
}

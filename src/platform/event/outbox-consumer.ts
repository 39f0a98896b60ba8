import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Tx } from '../db/session';
import { bigint, text } from '../db/sql';
import { coalesce } from '../base/coalesce';
import { readEventsAfter } from './event.repository';
import type { StreamEvent } from './outbox';

/** Events handled in one transaction; those of readings hold up to a hundred each. */
const BATCH_SIZE = 100;

/**
 * A reader of the outbox whose place is in the database: any instance moves it on, one at a time, and each event is handled in
 * the transaction that moves the place behind it, once.
 */
export class OutboxConsumer {
  private isStopping = false;

  /**
   * @param name of the row of event_consumer
   * @param handle must have no effect outside of the transaction
   */
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly handle: (tx: Tx, events: readonly StreamEvent[]) => Promise<void>,
  ) {}

  /** Handles the sequenced events that are not handled yet; another instance that does so is left to it. Calls at once share their work. */
  readonly consume = coalesce(() => this.consumeAll());

  /** What runs ends after its batch, and is waited for. */
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
    const [place] = await tx.sql<{ position: string }>`/* lock_event_consumer */ select c.position from event_consumer c
      where c.name = ${text(this.name)} for update skip locked`;
    if (!place) return 0;
    const events = await readEventsAfter(tx, Number(place.position), BATCH_SIZE);
    if (events.length === 0) return 0;
    await this.handle(tx, events);
    await tx.sql`/* move_event_consumer */ update event_consumer c
      set position = ${bigint(events.at(-1)!.position)} where c.name = ${text(this.name)}`;
    return events.length;
  }
}

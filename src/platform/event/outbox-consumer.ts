import type { Database } from '../db/database';
import { PLANNING_SCOPE } from '../db/scope';
import type { Fragment } from '../db/sql';
import { coalesce } from '../base/coalesce';
import { handleStatement, type HandledBatch } from './event.repository';

/** Bounds of the events that are handled by one statement. One event may be larger than `bytes`. */
const BATCH = { events: 500, bytes: 8_388_608 };

/** What a consumer does with events. */
export interface EventHandling<Row> {
  /**
   * Makes the part of a statement that handles the events of a table with the columns `customer_id`, `id`, `position`, `type` and
   * `payload`. It must not depend on the contents of an event, because an event that it cannot handle would stop the consumer.
   */
  readonly part: (events: Fragment) => Fragment;
  /** Called after the commit with the rows that the part returned, whose values are those of JSON. */
  readonly then: (rows: readonly Row[]) => void;
}

/**
 * A reader of the outbox that stores its position in the database. One instance at a time advances it. Each event is handled
 * exactly once, by the statement that moves the position past it.
 *
 * A batch is one statement, because each statement takes longer to send than to carry out.
 */
export class OutboxConsumer<Row> {
  private isStopping = false;

  /** @param name of the row of event_consumer */
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly handling: EventHandling<Row>,
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
    const session = this.database.session(PLANNING_SCOPE);
    const { part, then } = this.handling;
    let isFull = true;
    while (isFull && !this.isStopping) {
      const [batch] = await session.sql<HandledBatch<Row>>`${handleStatement(this.name, part, this.batch)}`;
      if (batch!.handled.length > 0) then(batch!.handled);
      ({ isFull } = batch!);
    }
  }
}

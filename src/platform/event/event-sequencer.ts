import type { Database } from '../db/database';
import { STREAM_SCOPE } from '../db/scope';
import { coalesce } from '../base/coalesce';
import { Backoff, pause } from '../base/loop';
import {
  eventsIn,
  lockHeadStatement,
  sequenceStatement,
  type SelectiveConsumer,
  type SequencedRow,
} from './event.repository';
import type { StreamEvent } from './outbox';

/** Events sequenced in one transaction. They become visible at its commit, after about 80 ms for a full batch. */
const DEFAULT_BATCH_SIZE = 5_000;

/** Another instance holds the lock for a few ms; for longer only when it is stuck or has a backlog. */
const WHILE_BUSY = { firstMs: 2, maxMs: 100 };

/** Most events of a batch that are returned with their positions. Those of more are read in pages. */
const MOST_RETURNED = 100;

/** A batch of events that have their positions now. */
export interface SequencedBatch {
  /** In order. None of a large batch. */
  readonly events: readonly StreamEvent[];
  /** Whether the consumer has nothing to do with them, and is past them. */
  readonly isPassed: boolean;
}

const BUSY = Symbol('another instance is sequencing');

/**
 * Assigns events their position in the stream after their commit, so that no event waits for an open transaction.
 *
 * One instance at a time assigns positions: the one with the lock on event_head. Positions have no gaps, and a reader that sees
 * one position sees all earlier ones.
 */
export class EventSequencer {
  private readonly stopping = new AbortController();
  private batch: Promise<unknown> | undefined;

  /**
   * @param onSequenced called with the new head after each commit, before other instances are notified
   * @param consumer is moved past events for which it is not needed
   */
  constructor(
    private readonly database: Database,
    private readonly onSequenced: (head: number, batch: SequencedBatch) => void = () => undefined,
    private readonly batchSize = DEFAULT_BATCH_SIZE,
    private readonly consumer?: SelectiveConsumer,
  ) {}

  /** Resolves when all events committed before the call have a position. Concurrent calls share their work. */
  readonly sequence = coalesce(() => this.sequenceAll());

  /** Calls at once, or after a batch in progress was reported. */
  afterBatch(call: () => void): void {
    if (this.batch) void this.batch.then(call, call);
    else call();
  }

  /** A run in progress ends after its batch. */
  stop(): void {
    this.stopping.abort();
  }

  private async sequenceAll(): Promise<void> {
    const { signal } = this.stopping;
    const backoff = new Backoff(WHILE_BUSY);
    while (!signal.aborted) {
      const batch = this.sequenceBatch().finally(() => (this.batch = undefined));
      this.batch = batch;
      const sequenced = await batch;
      if (sequenced === BUSY) {
        await pause(backoff.next(), signal);
      } else if (sequenced < this.batchSize) {
        return;
      }
    }
  }

  /**
   * All statements are sent at once. The lock is a separate one: if it were part of the next one, that statement's snapshot could
   * be older than the commit of the last lock holder, and events would be sequenced out of order.
   */
  private async sequenceBatch(): Promise<number | typeof BUSY> {
    const heads = await this.database.transact(STREAM_SCOPE, (tx) => {
      const locked = tx.sendFor<{ position: string }>(lockHeadStatement());
      const moved = tx.sendFor<SequencedRow>(sequenceStatement(this.batchSize, MOST_RETURNED, this.consumer));
      return Promise.resolve({ locked, moved });
    });
    const [[locked], rows] = await Promise.all([heads.locked, heads.moved]);
    if (!locked) return BUSY;
    const [moved] = rows;
    if (!moved) return 0;
    const head = Number(moved.head);
    this.onSequenced(head, { events: eventsIn(rows), isPassed: moved.isPassed });
    return head - Number(locked.position);
  }
}

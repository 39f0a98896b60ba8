import type { Database } from '../db/database';
import { STREAM_SCOPE } from '../db/scope';
import { coalesce } from '../base/coalesce';
import { Backoff, pause } from '../base/loop';
import { lockHeadStatement, sequenceStatement } from './event.repository';

/** Events sequenced in one transaction. They become visible at its commit, after about 80 ms for a full batch. */
const DEFAULT_BATCH_SIZE = 5_000;

/** Another instance holds the lock for a few ms; for longer only when it is stuck or has a backlog. */
const WHILE_BUSY = { firstMs: 2, maxMs: 100 };

const BUSY = Symbol('another instance is sequencing');

/**
 * Assigns events their position in the stream after their commit, so that no event waits for an open transaction.
 *
 * One instance at a time assigns positions: the one with the lock on event_head. Positions have no gaps, and a reader that sees
 * one position sees all earlier ones.
 */
export class EventSequencer {
  private readonly stopping = new AbortController();

  /**
   * @param onSequenced called with the new head after each commit, before other instances are notified
   */
  constructor(
    private readonly database: Database,
    private readonly onSequenced: (head: number) => void = () => undefined,
    private readonly batchSize = DEFAULT_BATCH_SIZE,
  ) {}

  /** Resolves when all events committed before the call have a position. Concurrent calls share their work. */
  readonly sequence = coalesce(() => this.sequenceAll());

  /** A run in progress ends after its batch. */
  stop(): void {
    this.stopping.abort();
  }

  private async sequenceAll(): Promise<void> {
    const { signal } = this.stopping;
    const backoff = new Backoff(WHILE_BUSY);
    while (!signal.aborted) {
      const sequenced = await this.sequenceBatch();
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
      const moved = tx.sendFor<{ position: string }>(sequenceStatement(this.batchSize));
      return Promise.resolve({ locked, moved });
    });
    const [[locked], [moved]] = await Promise.all([heads.locked, heads.moved]);
    if (!locked) return BUSY;
    if (!moved) return 0;
    this.onSequenced(Number(moved.position));
    return Number(moved.position) - Number(locked.position);
  }
}

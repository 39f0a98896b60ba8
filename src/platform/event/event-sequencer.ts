import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import { coalesce } from '../base/coalesce';
import { Backoff, pause } from '../base/loop';
import { sequenceStatement } from './event.repository';

/** Events numbered in one transaction; they wait for its commit, about 80 ms for as many. */
const DEFAULT_BATCH_SIZE = 5_000;

/** Another instance that is numbering holds the head for a few ms; for longer only when it is stuck or has a backlog. */
const WHILE_BUSY = { firstMs: 2, maxMs: 100 };

const BUSY = Symbol('another instance holds the head');

/**
 * Gives events their position in the stream, after their commit: nobody's order waits for a transaction that is still open.
 *
 * One instance at a time numbers, whichever gets the lock on event_head. Positions have no gaps, and whoever sees one sees
 * all before it.
 */
export class EventSequencer {
  private readonly stopping = new AbortController();

  /**
   * @param onSequenced gets the new head after each commit, before other instances hear of it
   */
  constructor(
    private readonly database: Database,
    private readonly onSequenced: (head: number) => void = () => undefined,
    private readonly batchSize = DEFAULT_BATCH_SIZE,
  ) {}

  /** Resolves when all events that were committed before the call have their position. Calls at once share their work. */
  readonly sequence = coalesce(() => this.sequenceAll());

  /** What runs ends after its batch. */
  stop(): void {
    this.stopping.abort();
  }

  private async sequenceAll(): Promise<void> {
    const { signal } = this.stopping;
    const backoff = new Backoff(WHILE_BUSY);
    while (!signal.aborted) {
      const numbered = await this.sequenceBatch();
      if (numbered === BUSY) {
        await pause(backoff.next(), signal);
      } else if (numbered < this.batchSize) {
        return;
      }
    }
  }

  /**
   * The lock is a statement of its own. Were it a part of the next one, that one's snapshot could be older than the last
   * holder's commit: events would be numbered out of order.
   *
   * Few events are unnumbered, but statistics taken during a backlog say thousands: the planner would read the whole table to
   * join them (for 4 events 60 ms at 300,000 in the table, 0.2 ms by the key), so only nested loops are left to it.
   */
  private async sequenceBatch(): Promise<number | typeof BUSY> {
    const heads = await this.database.transact(SYSTEM_SCOPE, async (tx) => {
      const [locked] = await tx.sql<{ position: string }>`/* lock_event_head */ select h.position,
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
        from event_head h for update skip locked`;
      if (!locked) return undefined;
      const before = Number(locked.position);
      const [moved] = await tx.sql<{ position: string }>`${sequenceStatement(before, this.batchSize)}`;
      return { before, after: moved ? Number(moved.position) : before };
    });
    if (!heads) return BUSY;
    if (heads.after > heads.before) this.onSequenced(heads.after);
    return heads.after - heads.before;
  }
}

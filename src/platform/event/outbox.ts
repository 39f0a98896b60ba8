import type { Tx } from '../db/session';
import { unnest } from '../db/sql';

/**
 * What happened, for everybody who follows the stream. Holds ids, states and measured values, and personal data only where its
 * words promise it: `order.statusFull` has the recipient's address, since it is the whole order.
 */
export interface NewEvent {
  /** Drawn from event_id_seq, under the lock of the row that changed; the database draws it when left out. */
  id?: string;
  customerId: string;
  /** In the words of webhooks, e.g. `device.statusChanged`. */
  type: string;
  payload: Record<string, unknown>;
}

/** A committed event with its position in the stream. */
export interface StreamEvent {
  id: string;
  /** In the one order that all readers follow; without gaps over all customers. */
  position: number;
  customerId: string;
  type: string;
  payload: Record<string, unknown>;
  createdAt: Date;
}

/**
 * Writes events into the transaction they describe, in the order given: they happened if, and only if, it commits.
 *
 * They get their position in the stream after the commit, see EventSequencer. Two events about one thing come in the order of
 * its changes if both were appended while that thing was locked.
 */
export async function appendEvents(tx: Tx, ...events: NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = unnest(
    events,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id ?? null],
    ['text', ({ type }) => type],
    ['jsonb', ({ payload }) => JSON.stringify(payload)],
  );
  await tx.sql`/* append_events */ insert into event (customer_id, id, type, payload)
    select e.customer_id, coalesce(e.id, nextval('event_id_seq')), e.type, e.payload
    from ${rows} with ordinality as e (customer_id, id, type, payload, ordinality)
    order by e.ordinality`;
  tx.eventsAppended = true;
}

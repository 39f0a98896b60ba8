import type { Tx } from '../db/session';
import { raw, sql, unnest, type Fragment } from '../db/sql';

/**
 * An event to append. Contains ids, states and measured values. Personal data is included only where the type's description
 * says so: `order.statusFull` is the whole order and has the recipient's address.
 */
export interface NewEvent {
  /** Value of event_id_seq, drawn under the lock of the changed row. The database draws it when omitted. */
  id?: string;
  customerId: string;
  /** Type as named by webhooks, e.g. `device.statusChanged`. */
  type: string;
  payload: Record<string, unknown>;
}

/** A committed event with its position in the stream. */
export interface StreamEvent {
  id: string;
  /** The same for all readers, and without gaps across all customers. */
  position: number;
  customerId: string;
  type: string;
  payload: Record<string, unknown>;
  createdAt: Date;
  /** Length of the payload's text. */
  bytes: number;
}

/**
 * Writes events in the transaction that they describe, in the given order. They exist if and only if it commits. Only the commit
 * waits for them.
 *
 * They get their position in the stream after the commit, see EventSequencer. Two events about one row are in the order of its
 * changes if each was appended while the row was locked.
 */
export function appendEvents(tx: Tx, ...events: NewEvent[]): void {
  if (events.length === 0) return;
  tx.send(sql`/* append_events */ ${eventsInsertion(events)}`);
  countEvents(tx, events);
}

/** As `appendEvents`, as a part of a statement. `countEvents` follows, unless the condition was false. */
export function eventsInsertion(events: readonly NewEvent[], condition = raw('true')): Fragment {
  const rows = unnest(
    events,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id ?? null],
    ['text', ({ type }) => type],
    ['jsonb', ({ payload }) => JSON.stringify(payload)],
  );
  return sql`insert into event (customer_id, id, type, payload)
    select e.customer_id, coalesce(e.id, nextval('event_id_seq')), e.type, e.payload
    from ${rows} with ordinality as e (customer_id, id, type, payload, ordinality)
    where ${condition} order by e.ordinality`;
}

export function countEvents(tx: Tx, events: readonly NewEvent[]): void {
  for (const { type } of events) tx.eventsAppended.set(type, (tx.eventsAppended.get(type) ?? 0) + 1);
}

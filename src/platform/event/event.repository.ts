import type { Session } from '../db/session';
import { bigint, int, key, owned, raw, scoped, sql, text, texts, type Fragment } from '../db/sql';
import { eventTable, type EventEntity } from './event.entity';
import type { StreamEvent } from './outbox';

/** The payload stays text, because most events that an instance reads have no subscriber there. */
type EventRow = Omit<EventEntity, 'position' | 'payload'> & { position: string; payload: string };

/** The payload is parsed on first access. */
function toStreamEvent({ id, position, customerId, type, payload, createdAt }: EventRow): StreamEvent {
  let parsed: Record<string, unknown> | undefined;
  return {
    id,
    position: Number(position),
    customerId,
    type,
    createdAt,
    bytes: payload.length,
    get payload() {
      return (parsed ??= JSON.parse(payload) as Record<string, unknown>);
    },
  };
}

/** @param payload expression of type json or jsonb */
function columnsWith(payload: Fragment): Fragment {
  return eventTable.select('e', { payload: sql`(${payload})::text` });
}

/** The position of the newest sequenced event; 0 before the first. */
export async function readHead(session: Session): Promise<number> {
  const rows = await session.sql<{ position: string }>`/* event_head */ select h.position from event_head h`;
  return Number(rows[0]!.position);
}

export interface OutboxState {
  head: number;
  /** Whether committed events of the scope have no position yet: they are new, or their instance has died. */
  hasUnsequenced: boolean;
}

export async function readOutboxState(session: Session): Promise<OutboxState> {
  const rows = await session.sql<{
    head: string;
    hasUnsequenced: boolean;
  }>`/* outbox_state */ select h.position as head,
    exists (select from event e where e.position is null and ${owned('e')}) as "hasUnsequenced" from event_head h`;
  return { head: Number(rows[0]!.head), hasUnsequenced: rows[0]!.hasUnsequenced };
}

/** The events of all customers after a position, in order. */
export async function readEventsAfter(session: Session, after: number, limit: number): Promise<StreamEvent[]> {
  const rows = await session.sql<EventRow>`/* events_after */ select ${columnsWith(sql`e.payload`)} from event e
    where ${key('e.position')} > ${bigint(after)} order by ${key('e.position')} limit ${int(limit)}`;
  return rows.map(toStreamEvent);
}

/** The next events of a consumer: a table with the columns `customer_id`, `id`, `position`, `type` and `payload`. */
const BATCH = raw('batch');

/**
 * Locks a consumer, handles the next events after its position, and moves the position past them, all at once. Nothing is done while
 * another instance has the lock. The payloads stay in the database.
 *
 * The snapshot of the statement may be older than the position that it locks. It then has fewer events, which are never those before
 * the position.
 *
 * @param handle makes the part of the statement that handles the events of a table; it returns rows
 * @param limits most events, and most bytes of their payloads as stored; a larger event is a batch of its own
 * @returns the statement; its row is a `HandledBatch`
 */
export function handleStatement(
  consumer: string,
  handle: (events: Fragment) => Fragment,
  limits: { events: number; bytes: number },
): Fragment {
  const position = key('e.position');
  return sql`/* handle_events */ with
    consumer as materialized (
      select c.position from event_consumer c where c.name = ${text(consumer)} for update skip locked),
    next as materialized (
      select n.* from consumer c cross join lateral (
        select e.customer_id, e.id, e.position, e.type, e.payload, pg_column_size(e.payload) as bytes from event e
        where ${position} > c.position order by ${position} limit ${int(limits.events)}) n),
    summed as materialized (select n.*, sum(n.bytes) over (order by n.position) as total from next n),
    ${BATCH} as materialized (
      select s.customer_id, s.id, s.position, s.type, s.payload from summed s
      where s.total - s.bytes < ${int(limits.bytes)}),
    handled as (${handle(BATCH)}),
    moved as (
      update event_consumer c set position = b."upTo" from (select max(b.position) as "upTo" from ${BATCH} b) b
      where c.name = ${text(consumer)} and b."upTo" is not null)
    select count(*) = ${int(limits.events)} or coalesce(max(s.total), 0) >= ${int(limits.bytes)} as "isFull",
      (select coalesce(json_agg(h), '[]') from handled h) as handled from summed s`;
}

export interface HandledBatch<Row> {
  /** Whether there may be more events. */
  readonly isFull: boolean;
  /** The rows of the part that handled the events, as JSON. */
  readonly handled: readonly Row[];
}

export interface EventPage {
  events: StreamEvent[];
  /** Read in the same snapshot as the events, as is `prunedPosition`. */
  head: number;
  prunedPosition: number;
}

/**
 * The scope's events with a position after `after`, in order, with the state of the stream in the same snapshot.
 *
 * @param types types of which the payload is read; other events have an empty payload
 */
export async function readEventPage(
  session: Session,
  { after, limit, types }: { after: number; limit: number; types: readonly string[] },
): Promise<EventPage> {
  const position = key('e.position');
  const wanted = sql`case when e.type = any(${texts(types)}) then e.payload else '{}' end`;
  type PageRow = Partial<EventRow> & { head: string; prunedPosition: string };
  const rows =
    await session.sql<PageRow>`/* event_page */ select h.position as head, h.pruned_position as "prunedPosition", page.* from event_head h
    left join lateral (
      select ${columnsWith(wanted)} from event e
      where ${position} > ${bigint(after)} and ${owned('e')}
      order by ${position} limit ${int(limit)}) page on true
    order by page.position`;
  return {
    events: eventsIn(rows),
    head: Number(rows[0]!.head),
    prunedPosition: Number(rows[0]!.prunedPosition),
  };
}

/**
 * The position of an event of the scope: null when it is not sequenced yet, undefined when it does not exist.
 *
 * For operators, the statement names all customers, so that the primary key, whose first column is customer_id, finds the row.
 */
export async function findPosition(session: Session, eventId: string): Promise<number | null | undefined> {
  const ofScope = scoped(({ kind }) =>
    kind === 'customer' ? owned('e') : sql`e.customer_id in (select c.id from customer c)`,
  );
  const rows = await session.sql<{ position: string | null }>`/* event_position */ select e.position from event e
    where ${ofScope} and e.id = ${bigint(eventId)}`;
  const row = rows[0];
  return row && (row.position === null ? null : Number(row.position));
}

/** The position of event_head for the rest of a transaction that has locked it. */
const LOCKED_HEAD = raw(`nullif(current_setting('app.event_head', true), '')::bigint`);

/**
 * Locks event_head, unless another instance has locked it. Then there is no row.
 *
 * Hash and merge joins are off. Few events lack a position, but statistics taken during a backlog say thousands. The planner
 * would then read the whole table for the join (60 ms for 4 events among 300,000, instead of 0.2 ms by the key).
 */
export function lockHeadStatement(): Fragment {
  // The outer list is evaluated for a locked row only. One beside the lock is evaluated before it.
  return sql`/* lock_event_head */ select l.position, set_config('app.event_head', l.position::text, true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
    from (select h.position from event_head h for update skip locked) l`;
}

/** A consumer of the outbox, see `OutboxConsumer`, that has nothing to do with many events. */
export interface SelectiveConsumer {
  /** Of its row of event_consumer. */
  readonly name: string;
  /** Makes the condition that it must handle some of the events of a table with the column `customer_id`. */
  readonly isNeededFor: (events: Fragment) => Fragment;
}

/** The events that get a position. */
const SEQUENCED = raw('sequenced');
const RETURNED = eventTable.select('e', {
  payload: sql`e.payload::text`,
  position: sql`coalesce(e.position, n.position)`,
});

/**
 * Moves a consumer past the new events if it has handled all others and is not needed for these: what it would do itself, in the same
 * snapshot, by a statement and a commit of its own. Not while it is locked, because it is at work then.
 */
function passing({ name, isNeededFor }: SelectiveConsumer): Fragment {
  return sql`update event_consumer c set position = h.position from head h, (
      select x.name from event_consumer x where x.name = ${text(name)} and x.position = ${LOCKED_HEAD}
        and not ${isNeededFor(SEQUENCED)} for update skip locked) idle
    where c.name = idle.name returning c.name`;
}

/** A new event, or none of several. */
export type SequencedRow = Partial<EventRow> & {
  readonly head: string;
  /** Whether the consumer is past the new events. */
  readonly isPassed: boolean;
};

/** The events of rows. */
export function eventsIn(rows: readonly Partial<EventRow>[]): StreamEvent[] {
  return rows.filter((row): row is EventRow => row.id != null).map(toStreamEvent);
}

/**
 * Assigns positions to the committed events without one, in the order of their ids, and notifies all instances. Does nothing if
 * the statement before has not locked event_head.
 *
 * The lock is a statement of its own, so that the snapshot of this one contains all positions that the last lock
 * holder assigned. Of two changes to one row, the second is made after the commit of the first: its event has the higher id,
 * and no snapshot contains it without the first.
 *
 * @param returned most events that are returned; of more, none is
 * @param consumer is moved past events for which it is not needed
 * @returns the statement. It has a row for each event that is returned, or one without an event, and none when there was nothing to sequence.
 */
export function sequenceStatement(limit: number, returned = 0, consumer?: SelectiveConsumer): Fragment {
  return sql`/* sequence_events */ with unsequenced as (
       select e.customer_id, e.id from event e where e.position is null and ${LOCKED_HEAD} is not null order by e.id limit ${int(limit)}),
     ranked as (select u.customer_id, u.id, row_number() over (order by u.id) as rank from unsequenced u),
     ${SEQUENCED} as (
       update event e set position = ${LOCKED_HEAD} + r.rank from ranked r
       where e.customer_id = r.customer_id and e.id = r.id
       returning e.customer_id, e.id, e.created_at, e.position, e.type,
         case when (select count(*) from ranked) <= ${int(returned)} then e.payload end as payload),
     head as (
       update event_head h set position = h.position + (select count(*) from sequenced) where exists (select from sequenced)
       returning h.position),
     passed as (${consumer ? passing(consumer) : raw('select from head where false')}),
     notified as (select h.position, pg_notify('gateway_events', h.position::text) from head h)
     select n.position as head, exists (select from passed) as "isPassed", ${RETURNED}
     from notified n left join ${SEQUENCED} e on e.payload is not null order by e.position`;
}

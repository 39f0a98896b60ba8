import { SYSTEM_SCOPE } from '../db/scope';
import type { Session } from '../db/session';
import { selectList, StatementBuilder, type Statement } from '../db/statement';
import { EventEntity } from './event.entity';
import type { StreamEvent } from './stream-event';

/** The payload is text: most of those that an instance reads concern nobody there. */
type StampedRow = Omit<EventEntity, 'position' | 'payload'> & { position: string; payload: string };

/** Its payload is parsed when it is first asked for. */
function toStreamEvent({ id, position, customerId, type, payload, createdAt }: StampedRow): StreamEvent {
  let parsed: Record<string, unknown> | undefined;
  return {
    id,
    position: Number(position),
    customerId,
    type,
    createdAt,
    get payload() {
      return (parsed ??= JSON.parse(payload) as Record<string, unknown>);
    },
  };
}

/** @param payload in SQL, of JSON */
function columnsWith(payload: string): string {
  return selectList(EventEntity, 'e').replace('e.payload as', `(${payload})::text as`);
}

/** The position of the newest stamped event; 0 before the first. */
export async function readHead(session: Session): Promise<number> {
  const sql = new StatementBuilder(session.scope);
  const rows = await session.query<{ position: string }>(
    sql.build('event_head', 'select h.position from event_head h'),
  );
  return Number(rows[0]!.position);
}

export interface OutboxState {
  head: number;
  /** Whether committed events of the scope wait for their position: they are fresh, or their writer's instance died. */
  hasUnsequenced: boolean;
}

export async function readOutboxState(session: Session): Promise<OutboxState> {
  const sql = new StatementBuilder(session.scope);
  const rows = await session.query<{ head: string; hasUnsequenced: boolean }>(
    sql.build(
      'outbox_state',
      `select h.position as head, exists (select from event e where e.position is null and ${sql.owned('e')}) as "hasUnsequenced" from event_head h`,
    ),
  );
  return { head: Number(rows[0]!.head), hasUnsequenced: rows[0]!.hasUnsequenced };
}

/** The stamped events of all customers behind a position, in order. */
export async function readEventsAfter(session: Session, after: number, limit: number): Promise<StreamEvent[]> {
  const sql = new StatementBuilder(session.scope);
  const rows = await session.query<StampedRow>(
    sql.build(
      'events_after',
      `select ${columnsWith('e.payload')} from event e
       where ${sql.key('e.position')} > ${sql.value(after, 'bigint')} order by ${sql.key('e.position')} limit ${sql.value(limit, 'int')}`,
    ),
  );
  return rows.map(toStreamEvent);
}

export interface EventPage {
  events: StreamEvent[];
  /** As of the same moment as the events. */
  head: number;
  prunedPosition: number;
}

/**
 * The scope's events with `after` < position <= `upTo`, in order, with the state of the stream at the same moment.
 *
 * @param types whose payloads are read; the others have an empty one
 */
export async function readEventPage(
  session: Session,
  { after, upTo, limit, types }: { after: number; upTo: number; limit: number; types: readonly string[] },
): Promise<EventPage> {
  const sql = new StatementBuilder(session.scope);
  const position = sql.key('e.position');
  const wanted = `case when e.type = any(${sql.value(types, 'text[]')}) then e.payload else '{}' end`;
  const rows = await session.query<Partial<StampedRow> & { head: string; prunedPosition: string }>(
    sql.build(
      'event_page',
      `select h.position as head, h.pruned_position as "prunedPosition", page.* from event_head h
       left join lateral (
         select ${columnsWith(wanted)} from event e
         where ${position} > ${sql.value(after, 'bigint')} and ${position} <= ${sql.value(upTo, 'bigint')} and ${sql.owned('e')}
         order by ${position} limit ${sql.value(limit, 'int')}) page on true
       order by page.position`,
    ),
  );
  return {
    events: rows.filter((row): row is typeof row & StampedRow => row.id != null).map(toStreamEvent),
    head: Number(rows[0]!.head),
    prunedPosition: Number(rows[0]!.prunedPosition),
  };
}

/**
 * The position of an event of the scope: null when it is not stamped yet, undefined when there is no such event.
 *
 * Operators go through the customers, so that the key, which is led by customer_id, finds the row.
 */
export async function findPosition(session: Session, eventId: string): Promise<number | null | undefined> {
  const sql = new StatementBuilder(session.scope);
  const owned = session.scope.kind === 'customer' ? sql.owned('e') : 'e.customer_id in (select c.id from customer c)';
  const rows = await session.query<{ position: string | null }>(
    sql.build(
      'event_position',
      `select e.position from event e where ${owned} and e.id = ${sql.value(eventId, 'bigint')}`,
    ),
  );
  const row = rows[0];
  return row && (row.position === null ? null : Number(row.position));
}

/**
 * Numbers the committed events without a position, in the order of their ids, and tells all instances.
 *
 * To be called with event_head locked by a statement before this one, whose snapshot therefore holds all that the last
 * holder numbered. Of two changes to one row the second was made after the first committed: its event has the higher id,
 * and no snapshot holds it without the first.
 *
 * @returns the new head; undefined when there was nothing to number
 */
export function sequenceStatement(head: number, limit: number): Statement {
  const sql = new StatementBuilder(SYSTEM_SCOPE);
  return sql.build(
    'stamp_events',
    `with unstamped as (
       select e.customer_id, e.id from event e where e.position is null order by e.id limit ${sql.value(limit, 'int')}),
     ranked as (select u.customer_id, u.id, row_number() over (order by u.id) as rank from unstamped u),
     stamped as (
       update event e set position = ${sql.value(head, 'bigint')} + r.rank from ranked r
       where e.customer_id = r.customer_id and e.id = r.id returning e.id),
     head as (
       update event_head h set position = h.position + (select count(*) from stamped) where exists (select from stamped)
       returning h.position)
     select head.position, pg_notify('gateway_events', head.position::text) from head`,
  );
}

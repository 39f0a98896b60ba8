import type { Session } from '../db/session';
import { key, sql } from '../db/sql';

/** How far a consumer of the outbox is behind. */
export interface ConsumerLag {
  readonly name: string;
  /** Number of events that it has not handled. */
  readonly events: number;
  /** Age of the oldest of them; 0 without any. */
  readonly seconds: number;
}

export interface EventLag {
  /** Position of the newest sequenced event. */
  readonly head: number;
  readonly consumers: readonly ConsumerLag[];
}

/** For metrics: one statement that reads a few rows by their keys. */
export async function readEventLag(session: Session): Promise<EventLag> {
  const rows = await session.sql<{
    head: string;
    name: string | null;
    events: string;
    seconds: number;
  }>`/* event_lag */ select h.position as head, c.name, greatest(h.position - c.position, 0) as events,
      greatest(coalesce(extract(epoch from clock_timestamp() - e.created_at), 0), 0)::float8 as seconds
    from event_head h left join event_consumer c on true
      left join event e on ${key('e.position')} = ${sql`c.position + 1`}`;
  return {
    head: Number(rows[0]!.head),
    consumers: rows.flatMap(({ name, events, seconds }) =>
      name === null ? [] : [{ name, events: Number(events), seconds }],
    ),
  };
}

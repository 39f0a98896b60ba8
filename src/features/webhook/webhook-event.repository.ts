import type { Session, Tx } from '../../platform/db/session';
import { bigint, bigints, int, key, owned, raw, sql, text, unnest, type Fragment } from '../../platform/db/sql';
import { COMMIT_IS_DEFERRED } from './deferred-commit';
import { ENDPOINT, IS_DUE, type ClaimedDelivery } from './delivery.repository';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEventEntity } from './webhook-event.entity';
import type { WebhookEventType } from './webhook-event-type';
import type { WebhookEntity } from './webhook.entity';

/** A type of event, with the event types of webhooks that receive it. */
export interface KnownType {
  readonly type: string;
  readonly eventTypes: readonly WebhookEventType[];
}

/** A queued event, with the number of webhooks that receive it. */
export interface QueuedDeliveries {
  readonly customerId: string;
  readonly deliveries: number;
}

/**
 * Queues events for the webhooks that receive them, as a part of a statement whose rows are `QueuedDeliveries`. Nothing is parsed, so no
 * event can make it fail. Events of an unknown type are queued for all active webhooks of their customer.
 *
 * The commit is deferred. If it is lost, so is the position behind the events, and they are queued again for the same webhooks: a
 * change of a webhook after it is a durable commit, with which all earlier ones are durable.
 *
 * @param events see EventHandling
 */
export function queueing(events: Fragment, known: readonly KnownType[]): Fragment {
  // A type without messages has one row, with null, so that it is known.
  const pairs = known.flatMap(({ type, eventTypes }) =>
    (eventTypes.length > 0 ? eventTypes : [null]).map((eventType) => ({ type, eventType })),
  );
  const types = unnest(pairs, ['text', ({ type }) => type], ['text', ({ eventType }) => eventType]);
  return sql`insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
    select e.customer_id, e.id, e.position, e.type, e.payload::text, receiving.ids
    from ${events} e
    left join (select k.type, array_agg(k.event_type) as event_types from ${types} k(type, event_type) group by k.type) k
      on k.type = e.type
    cross join lateral (
      select array_agg(w.id) as ids from webhook w
      where w.customer_id = e.customer_id and w.active and (k.type is null or w.event_types && k.event_types)) receiving
    where receiving.ids is not null and ${COMMIT_IS_DEFERRED}
    on conflict do nothing returning customer_id::text as "customerId", cardinality(webhook_ids) as deliveries`;
}

/** The condition that some of the events of a table may be queued. */
export function hasReceivers(events: Fragment): Fragment {
  return sql`exists (select from ${events} e
    where exists (select from webhook w where w.customer_id = e.customer_id and w.active))`;
}

/** Makes events wait again that other versions of the event catalog could not read. */
export async function takeUpUnreadable(session: Session, version: string): Promise<void> {
  await session.sql`/* take_up_events */ update webhook_event q set set_aside_at = null, error = null
    where q.unreadable_by is not null and q.set_aside_at is not null and ${text(version)} <> all (q.unreadable_by)`;
}

/** Customers whose events wait, in the order of their ids. @param after an id; 0 for the first */
export async function findWaitingCustomers(session: Session, after: string, limit: number): Promise<string[]> {
  const next = (before: string) => sql`select q.customer_id from webhook_event q
    where q.set_aside_at is null and q.customer_id > ${raw(before)} order by q.customer_id limit 1`;
  // One step through the index for each customer, however many events wait.
  const rows = await session.sql<{ customerId: string }>`/* waiting_customers */ with recursive
    start as (select ${bigint(after)} as customer_id),
    waiting as (
      (select q.customer_id from start s cross join lateral (${next('s.customer_id')}) q)
      union all
      select q.customer_id from waiting s cross join lateral (${next('s.customer_id')}) q)
    select s.customer_id as "customerId" from waiting s limit ${int(limit)}`;
  return rows.map(({ customerId }) => customerId);
}

export type QueuedEvent = Pick<WebhookEventEntity, 'id' | 'type' | 'payload' | 'webhookIds' | 'messagesPlanned'>;

/** The first number of advisory locks on the planning of a customer: the bytes of `plan`. */
const LOCK_SPACE = 0x706c616e;

/** How long the planning of a customer waits for a row. The next customers wait as long. */
const LOCK_TIMEOUT_IS_SET = raw(`(select set_config('lock_timeout', '500ms', true)) is not null`);

/**
 * The first events of a customer that wait, in order. None while another instance has the turn of the customer.
 *
 * @param limits most events; and most webhooks of them together, and most bytes of their payloads, which the last event may exceed
 */
export async function takeEvents(
  tx: Tx,
  customerId: string,
  limits: { events: number; deliveries: number; bytes: number },
): Promise<QueuedEvent[]> {
  const customer = bigint(customerId);
  // The statement may see events that the last holder of the lock has planned. Locking their rows leaves them out.
  return tx.sql`/* take_events */ with next as (
      select x.id, x.position, octet_length(x.payload) as bytes, cardinality(x.webhook_ids) as webhooks from webhook_event x
      where x.customer_id = ${customer} and x.set_aside_at is null order by x.position
      -- The limit is hidden from the planner, which would sort all events that wait as long as it expects few.
      limit (select ${int(limits.events)})),
    portion as (
      select n.id, n.position from (
        select n.*, sum(n.bytes) over earlier as bytes_before, sum(n.webhooks) over earlier as webhooks_before from next n
        window earlier as (order by n.position rows between unbounded preceding and 1 preceding)) n
      where coalesce(n.bytes_before, 0) < ${int(limits.bytes)} and coalesce(n.webhooks_before, 0) < ${int(limits.deliveries)})
    select q.id, q.type, q.payload, q.webhook_ids as "webhookIds", q.messages_planned as "messagesPlanned"
    from portion p cross join lateral (
      -- Each through the index of those that wait: a join could read them all.
      select q.* from webhook_event q
      where q.customer_id = ${customer} and q.position = p.position and q.id = p.id and q.set_aside_at is null
        and ${LOCK_TIMEOUT_IS_SET} and ${COMMIT_IS_DEFERRED}
        and (select pg_try_advisory_xact_lock(${int(LOCK_SPACE)}, (${customer} % 2147483647)::int))
      for update) q
    order by q.position`;
}

export type Receiver = Pick<WebhookEntity, 'id' | 'eventTypes'> & { readonly isFailing: boolean };

/** The webhooks of a customer. They cannot be deleted until the transaction ends. */
export function lockReceivers(tx: Tx, customerId: string): Promise<Receiver[]> {
  return tx.sendFor(sql`/* lock_receivers */ select w.id, w.event_types as "eventTypes",
      w.failing_since is not null as "isFailing" from webhook w
    where w.customer_id = ${bigint(customerId)} and w.removed_at is null and ${LOCK_TIMEOUT_IS_SET} order by w.id for key share`);
}

/** A message with the webhooks that receive it. */
export type PlannedMessage = Pick<WebhookDeliveryEntity, 'eventId' | 'eventType' | 'payload'> & {
  readonly webhookIds: readonly string[];
};

/** Deliveries that this instance claims as it plans them. */
export interface Start {
  /** Most deliveries of each webhook. */
  readonly counts: ReadonlyMap<string, number>;
  readonly leaseMs: number;
}

/**
 * Inserts deliveries that are due immediately, in order. Deliveries that exist already stay as they are.
 *
 * @returns those that are claimed: the first ones of each webhook, unless it is disabled or has others that are due
 */
export function insertDeliveries(
  tx: Tx,
  customerId: string,
  messages: readonly PlannedMessage[],
  start?: Start,
): Promise<ClaimedDelivery[]> {
  if (messages.length === 0) return Promise.resolve([]);
  const bodies = unnest(
    messages,
    ['text', ({ eventId }) => eventId],
    ['text', ({ eventType }) => eventType],
    ['text', ({ payload }) => payload],
  );
  const counts = new Map(start?.counts);
  const pairs = messages.flatMap(({ webhookIds }, index) =>
    webhookIds.map((webhookId) => {
      const left = counts.get(webhookId) ?? 0;
      counts.set(webhookId, left - 1);
      return { index, webhookId, starts: left > 0 };
    }),
  );
  const receivers = unnest(
    pairs,
    ['int', ({ index }) => index + 1],
    ['bigint', ({ webhookId }) => webhookId],
    ['boolean', ({ starts }) => starts],
  );
  const customer = bigint(customerId);
  const inserted = (claimedUntil: Fragment) => sql`insert into webhook_delivery
      (customer_id, webhook_id, message_id, event_type, payload, next_attempt_at, claimed_until)
    select ${customer}, r.webhook_id, m.id, m.type, m.body, clock_timestamp(), ${claimedUntil}
    from ${bodies} with ordinality m(id, type, body, index)
    join ${receivers} r(index, webhook_id, starts) on r.index = m.index
    order by m.index, r.webhook_id on conflict do nothing`;
  if (!start) {
    tx.send(sql`/* plan_deliveries */ ${inserted(raw('null'))}`);
    return Promise.resolve([]);
  }
  const claimedUntil = sql`case when r.starts
      and exists (select from webhook w where w.customer_id = ${customer} and w.id = r.webhook_id and w.active)
      and not exists (select from webhook_delivery x
        where x.customer_id = ${customer} and x.webhook_id = r.webhook_id and ${IS_DUE})
    then clock_timestamp() + ${int(start.leaseMs)} * interval '1 millisecond' end`;
  return tx.sendFor(sql`/* plan_deliveries */ with planned as (${inserted(claimedUntil)} returning *)
    select ${webhookDeliveryTable.select('d')}, ${ENDPOINT} from planned d
    join webhook w on w.customer_id = d.customer_id and w.id = d.webhook_id
    where d.claimed_until is not null order by d.id`);
}

/** Removes events whose deliveries are planned. */
export function removeEvents(tx: Tx, customerId: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  tx.send(sql`/* remove_planned_events */ delete from webhook_event q
    where q.customer_id = ${bigint(customerId)} and q.id = any(${bigints(ids)})`);
}

/** Stores that some messages of an event are planned. */
export function keepProgress(tx: Tx, customerId: string, { id, messagesPlanned }: Progress): void {
  tx.send(sql`/* keep_progress */ update webhook_event q set messages_planned = ${int(messagesPlanned)}
    where q.customer_id = ${bigint(customerId)} and q.id = ${bigint(id)}`);
}

export type Progress = Pick<WebhookEventEntity, 'id' | 'messagesPlanned'>;

export interface Failure {
  readonly id: string;
  readonly error: string;
  /** The version of the event catalog that cannot read the event. Null when the failure has another cause. */
  readonly unreadableBy: string | null;
}

/** Sets events aside that wait, so that the planning of later ones continues. */
export async function setAside(session: Session, customerId: string, failures: readonly Failure[]): Promise<void> {
  if (failures.length === 0) return;
  const failed = unnest(
    failures,
    ['bigint', ({ id }) => id],
    ['text', ({ error }) => error],
    ['text', ({ unreadableBy }) => unreadableBy],
  );
  await session.sql`/* set_events_aside */ update webhook_event q set set_aside_at = clock_timestamp(), error = f.error,
      unreadable_by = case when f.version is not null then array_append(q.unreadable_by, f.version) end
    from ${failed} f(id, error, version)
    where q.customer_id = ${bigint(customerId)} and q.id = f.id and q.set_aside_at is null`;
}

/** Makes an event wait again that was set aside. @returns whether there is such an event */
export async function retryPlanning(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.sql`/* retry_planning */ update webhook_event q
    set set_aside_at = null, error = null, unreadable_by = null
    where ${owned('q')} and ${key('q.id')} = ${bigint(id)} and q.set_aside_at is not null returning q.id`;
  return rows.length > 0;
}

/** Deletes events that were set aside longer ago than the retention period. Returns their number. */
export async function prunePlanningFailures(tx: Tx, retentionDays: number, limit: number): Promise<number> {
  const rows = await tx.sql`/* prune_planning_failures */ delete from webhook_event q using (
      select x.customer_id, x.id from webhook_event x
      where x.set_aside_at < clock_timestamp() - make_interval(days => ${int(retentionDays)})
      order by x.set_aside_at limit ${int(limit)} for update skip locked
    ) old where q.customer_id = old.customer_id and q.id = old.id returning q.id`;
  return rows.length;
}

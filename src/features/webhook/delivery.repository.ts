import type { Tx } from '../../platform/db/session';
import {
  all,
  bigint,
  bigints,
  boolean,
  int,
  raw,
  sql,
  text,
  timestamptz,
  unnest,
  type Fragment,
} from '../../platform/db/sql';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEntity } from './webhook.entity';

const MAX_PER_FAILING_WEBHOOK = raw('2');

const GIVE_UP_AFTER_DAYS = 5;
const IS_LONG_FAILING = raw(`w.failing_since <= clock_timestamp() - interval '${GIVE_UP_AFTER_DAYS} days'`);

/** The columns of a new delivery that have no default. */
export type NewDelivery = Pick<WebhookDeliveryEntity, 'customerId' | 'webhookId' | 'eventId' | 'eventType' | 'payload'>;

/** A delivery that this instance has claimed, with its endpoint. */
export type ClaimedDelivery = WebhookDeliveryEntity &
  Pick<WebhookEntity, 'url' | 'secret'> & {
    /** By the clock of the database. */
    claimedAt: Date;
    /** Null unless deliveries are still signed with it. */
    previousSecret: Buffer | null;
    /** Whether the webhook has failed for `GIVE_UP_AFTER_DAYS`. */
    isLongFailing: boolean;
  };

/** Active webhooks of customers. They cannot be deleted until the transaction ends. */
export async function findActiveWebhooks(
  tx: Tx,
  customerIds: readonly string[],
): Promise<Pick<WebhookEntity, 'customerId' | 'id' | 'eventTypes'>[]> {
  return tx.sql`/* active_webhooks */ select w.customer_id as "customerId", w.id, w.event_types as "eventTypes" from webhook w
    where w.customer_id = any(${bigints(customerIds)}) and w.active for key share`;
}

/** Inserts deliveries that are due immediately. Deliveries that exist already stay as they are. */
export async function insertDeliveries(tx: Tx, deliveries: readonly NewDelivery[]): Promise<void> {
  const rows = unnest(
    deliveries,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ webhookId }) => webhookId],
    ['text', ({ eventId }) => eventId],
    ['text', ({ eventType }) => eventType],
    ['text', ({ payload }) => payload],
  );
  await tx.sql`/* plan_deliveries */ insert into webhook_delivery
      (customer_id, webhook_id, message_id, event_type, payload, next_attempt_at)
    select n.*, clock_timestamp() from ${rows} n on conflict do nothing`;
}

/**
 * Claims deliveries that are due: at most `perWebhook` of each webhook, so that a long queue leaves room for other webhooks, and
 * at most two of a failing webhook, so that many dead endpoints leave room too.
 *
 * @param inFlight attempts in flight on this instance, by webhook id
 * @param perWebhook most attempts in flight per webhook
 * @param leaseMs time after which an attempt that is not recorded counts as lost
 */
export async function claimDeliveries(
  tx: Tx,
  {
    inFlight,
    perWebhook,
    limit,
    leaseMs,
  }: { inFlight: ReadonlyMap<string, number>; perWebhook: number; limit: number; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const busy = unnest([...inFlight], ['bigint', ([webhookId]) => webhookId], ['int', ([, count]) => count]);
  const maxInFlight = sql`case when w.failing_since is null then ${int(perWebhook)} else ${MAX_PER_FAILING_WEBHOOK} end`;
  // Two lists, because each has an index of its own.
  const dueOf = (webhooks: Fragment, deliveries: Fragment) => sql`
         select q.* from webhook w left join ${busy} as u(webhook_id, count) on u.webhook_id = w.id
         cross join lateral (
           select x.customer_id, x.id, x.next_attempt_at from webhook_delivery x
           where x.customer_id = w.customer_id and x.webhook_id = w.id and x.status = 'PENDING' and ${deliveries}
             and x.next_attempt_at <= clock_timestamp() and (x.claimed_until is null or x.claimed_until < clock_timestamp())
           order by x.next_attempt_at limit greatest(${maxInFlight} - coalesce(u.count, 0), 0) for update skip locked
         ) q where ${webhooks}`;
  return tx.sql`/* claim_deliveries */ with due as (
      select a.customer_id, a.id from (${dueOf(sql`w.active`, all())} union all ${dueOf(sql`not w.active`, sql`x.is_test`)}) a
      order by a.next_attempt_at limit ${int(limit)})
    update webhook_delivery d set claimed_until = clock_timestamp() + ${int(leaseMs)} * interval '1 millisecond'
    from due, webhook w
    where d.customer_id = due.customer_id and d.id = due.id and w.customer_id = d.customer_id and w.id = d.webhook_id
    returning ${webhookDeliveryTable.select('d')}, w.url, w.secret,
      case when w.previous_secret_until > clock_timestamp() then w.previous_secret end as "previousSecret",
      coalesce(${IS_LONG_FAILING}, false) as "isLongFailing", clock_timestamp()::timestamptz(3) as "claimedAt"`;
}

export type NewAttempt = Omit<WebhookAttemptEntity, 'customerId' | 'deliveryId' | 'id'>;

/** State of a delivery after an attempt. */
export type DeliveryOutcome = Pick<WebhookDeliveryEntity, 'status' | 'nextAttemptAt' | 'failures'>;

/**
 * Records an attempt and the new state of its delivery. A retry that was requested during the attempt stays due, unless the
 * attempt succeeded. A delivery that was deleted during the attempt leaves no record.
 */
export async function recordAttempt(
  tx: Tx,
  { customerId, id, nextAttemptAt: dueAt }: Pick<WebhookDeliveryEntity, 'customerId' | 'id' | 'nextAttemptAt'>,
  attempt: NewAttempt,
  { status, nextAttemptAt, failures }: DeliveryOutcome,
): Promise<void> {
  const isOutcome = sql`(${boolean(status === WebhookDeliveryStatus.SUCCEEDED)} or d.next_attempt_at = ${timestamptz(dueAt)})`;
  await tx.sql`/* record_attempt */ with delivery as (
      update webhook_delivery d set claimed_until = null,
        status = case when ${isOutcome} then ${text(status)} else d.status end,
        next_attempt_at = case when ${isOutcome} then ${timestamptz(nextAttemptAt)} else d.next_attempt_at end,
        failures = case when ${isOutcome} then ${int(failures)} else d.failures end
      where d.customer_id = ${bigint(customerId)} and d.id = ${bigint(id)}
      returning d.customer_id, d.id)
    insert into webhook_attempt (customer_id, delivery_id, at, response_status, response_body, duration_ms, error)
    select delivery.customer_id, delivery.id, ${timestamptz(attempt.startedAt)}, ${int(attempt.responseStatus)},
      ${text(attempt.responseBody)}, ${int(attempt.durationMs)}, ${text(attempt.error)}
    from delivery`;
}

type WebhookKey = Pick<WebhookDeliveryEntity, 'customerId' | 'webhookId'>;

/** Sets `failingSince` at the first failure of a webhook, and clears it after a success. */
export async function recordHealth(
  tx: Tx,
  { customerId, webhookId }: WebhookKey,
  hasSucceeded: boolean,
): Promise<void> {
  const webhook = sql`w.customer_id = ${bigint(customerId)} and w.id = ${bigint(webhookId)}`;
  await (hasSucceeded
    ? tx.sql`/* webhook_succeeded */ update webhook w set failing_since = null
        where ${webhook} and w.failing_since is not null`
    : tx.sql`/* webhook_failed */ update webhook w set failing_since = clock_timestamp()
        where ${webhook} and w.failing_since is null and w.active`);
}

/**
 * Disables a webhook. Pending deliveries stay and are sent when it is enabled again.
 *
 * One that is failing is disabled only if it still has failed for long, because another attempt may have succeeded.
 *
 * @returns whether this call disabled it
 */
export async function disableFailingWebhook(
  tx: Tx,
  { customerId, webhookId }: WebhookKey,
  reason: WebhookDisabledReason,
): Promise<boolean> {
  const condition = reason === WebhookDisabledReason.ENDPOINT_GONE ? all() : IS_LONG_FAILING;
  const rows = await tx.sql`/* disable_failing_webhook */ update webhook w
    set active = false, disabled_at = clock_timestamp(), disabled_reason = ${text(reason)}
    where w.customer_id = ${bigint(customerId)} and w.id = ${bigint(webhookId)} and w.active and ${condition}
    returning w.id`;
  return rows.length > 0;
}

/** Deletes finished deliveries that are older than the retention period, with their attempts. Returns their number. */
export async function pruneDeliveries(tx: Tx, retentionDays: number, limit: number): Promise<number> {
  const rows = await tx.sql`/* prune_deliveries */ delete from webhook_delivery d using (
      select x.customer_id, x.id from webhook_delivery x
      where x.status <> 'PENDING' and x.created_at < clock_timestamp() - make_interval(days => ${int(retentionDays)})
      order by x.created_at limit ${int(limit)} for update skip locked
    ) old where d.customer_id = old.customer_id and d.id = old.id returning d.id`;
  return rows.length;
}

import type { Session, Tx } from '../../platform/db/session';
import { all, bigint, int, raw, sql, unnest, type Fragment } from '../../platform/db/sql';
import { COMMIT_IS_DEFERRED } from './deferred-commit';
import type { DueWebhook, Share } from './sender-places';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';

const GIVE_UP_AFTER_DAYS = 5;
/** Of a webhook `w`. */
export const IS_LONG_FAILING = raw(`w.failing_since <= clock_timestamp() - interval '${GIVE_UP_AFTER_DAYS} days'`);

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

/** The order in which webhooks are looked through. */
export type WebhookCursor = Pick<DueWebhook, 'customerId' | 'webhookId'>;
export const FIRST_WEBHOOK: WebhookCursor = { customerId: '0', webhookId: '0' };

/** Of a delivery `x`. */
export const IS_DUE = raw(`x.status = 'PENDING' and x.next_attempt_at <= clock_timestamp()
  and (x.claimed_until is null or x.claimed_until < clock_timestamp())`);

/** The webhook with pending deliveries after the webhook `p`. */
const NEXT_PENDING = raw(`select d.customer_id, d.webhook_id from webhook_delivery d
  where d.status = 'PENDING' and (d.customer_id, d.webhook_id) > (p.customer_id, p.webhook_id)
  order by d.customer_id, d.webhook_id limit 1`);

/**
 * Webhooks with pending deliveries, in the order of their keys. The number of steps is that of the webhooks, however many deliveries
 * are pending: each step goes through an index to the next webhook.
 *
 * @param after the webhooks after this one
 */
export async function findPendingWebhooks(
  session: Session,
  { customerId, webhookId }: WebhookCursor,
  limit: number,
): Promise<(DueWebhook & { isDue: boolean })[]> {
  // Of a disabled webhook only test deliveries are sent. They have an index of their own. `limit` keeps PostgreSQL from reading all.
  const isDue = (deliveries: Fragment) => sql`(select true from webhook_delivery x
    where x.customer_id = p.customer_id and x.webhook_id = p.webhook_id and ${IS_DUE} and ${deliveries} limit 1)`;
  return session.sql`/* pending_webhooks */ with recursive
      start as (select ${bigint(customerId)} as customer_id, ${bigint(webhookId)} as webhook_id),
      pending as (
        (select n.* from start p cross join lateral (${NEXT_PENDING}) n)
        union all
        select n.* from pending p cross join lateral (${NEXT_PENDING}) n)
    select p.customer_id as "customerId", p.webhook_id as "webhookId", w.failing_since is not null as "isFailing",
      coalesce(case when w.active then ${isDue(all())} when w.removed_at is null then ${isDue(sql`x.is_test`)} end, false) as "isDue"
    from (select * from pending limit ${int(limit)}) p
    join webhook w on w.customer_id = p.customer_id and w.id = p.webhook_id order by 1, 2`;
}

/** What an attempt needs beside its delivery `d`, of the webhook `w`. */
export const ENDPOINT = sql`w.url, w.secret,
      case when w.previous_secret_until > clock_timestamp() then w.previous_secret end as "previousSecret",
      coalesce(${IS_LONG_FAILING}, false) as "isLongFailing", clock_timestamp()::timestamptz(3) as "claimedAt"`;

/**
 * Claims deliveries that are due, the longest due of each webhook first.
 *
 * @param shares most deliveries of each webhook
 * @param bytes most bytes of bodies together; the first may be larger
 * @param leaseMs time after which an attempt that is not recorded counts as lost
 */
export async function claimDeliveries(
  session: Session,
  { shares, bytes, leaseMs }: { shares: readonly Share[]; bytes: number; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const given = unnest(
    shares,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ webhookId }) => webhookId],
    ['int', ({ count }) => count],
  );
  // Two lists, because each has an index of its own.
  const dueOf = (webhooks: Fragment, deliveries: Fragment) => sql`
      select q.*, s.place from ${given} with ordinality s(customer_id, webhook_id, count, place)
      join webhook w on w.customer_id = s.customer_id and w.id = s.webhook_id
      cross join lateral (
        select x.customer_id, x.id, x.next_attempt_at, octet_length(x.payload) as bytes from webhook_delivery x
        where x.customer_id = s.customer_id and x.webhook_id = s.webhook_id and ${IS_DUE} and ${deliveries}
        order by x.next_attempt_at limit s.count for update skip locked
      ) q where ${webhooks}`;
  return session.sql`/* claim_deliveries */ with
    due as (${dueOf(sql`w.active`, all())} union all ${dueOf(sql`not w.active and w.removed_at is null`, sql`x.is_test`)}),
    summed as (select d.*, sum(d.bytes) over (order by d.place, d.next_attempt_at, d.id) - d.bytes as before from due d)
    update webhook_delivery d set claimed_until = clock_timestamp() + ${int(leaseMs)} * interval '1 millisecond'
    from summed s, webhook w
    where ${COMMIT_IS_DEFERRED} and s.before < ${int(bytes)} and d.customer_id = s.customer_id and d.id = s.id
      and w.customer_id = d.customer_id and w.id = d.webhook_id
    returning ${webhookDeliveryTable.select('d')}, ${ENDPOINT}`;
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

/** Deletes deliveries that were due for the retention period without an attempt, with their attempts. Returns their number. */
export async function expireDeliveries(tx: Tx, retentionDays: number, limit: number): Promise<number> {
  const rows = await tx.sql`/* expire_deliveries */ with recursive
      start as (select 0::bigint as customer_id, 0::bigint as webhook_id),
      pending as (
        (select n.* from start p cross join lateral (${NEXT_PENDING}) n)
        union all
        select n.* from pending p cross join lateral (${NEXT_PENDING}) n)
    delete from webhook_delivery d using (
      select q.* from pending p cross join lateral (
        select x.customer_id, x.id from webhook_delivery x
        where x.customer_id = p.customer_id and x.webhook_id = p.webhook_id and ${IS_DUE}
          and x.next_attempt_at < clock_timestamp() - make_interval(days => ${int(retentionDays)})
        order by x.next_attempt_at limit ${int(limit)} for update skip locked) q
      limit ${int(limit)}
    ) old where d.customer_id = old.customer_id and d.id = old.id returning d.id`;
  return rows.length;
}

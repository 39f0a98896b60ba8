import type { Tx } from '../../platform/db/session';
import { bigint, int, owned, sql } from '../../platform/db/sql';
import type { WebhookEntity } from './webhook.entity';

/** Of a delivery `d`: its webhook is not removed. Few webhooks are, and their ids are read once for each statement. */
export const OF_KEPT_WEBHOOK = sql`d.webhook_id <> all (array(
  select w.id from webhook w where ${owned('w')} and w.removed_at is not null))`;

/** Removed webhooks that one statement looks at. */
const WINDOW = 100;

/**
 * Removes a locked webhook: it receives and sends nothing, and is not found any more. Its rows are deleted in the background.
 */
export async function removeWebhook(tx: Tx, { customerId, id }: WebhookEntity): Promise<void> {
  await tx.sql`/* remove_webhook */ update webhook w set removed_at = clock_timestamp(), active = false,
      disabled_at = coalesce(w.disabled_at, clock_timestamp()), disabled_reason = coalesce(w.disabled_reason, 'BY_REQUEST')
    where w.customer_id = ${bigint(customerId)} and w.id = ${bigint(id)}`;
}

/** Deletes deliveries of removed webhooks, with their attempts. Returns their number. */
export async function pruneRemovedDeliveries(tx: Tx, limit: number): Promise<number> {
  const rows = await tx.sql`/* prune_removed_deliveries */ delete from webhook_delivery d using (
      select q.* from (
        select w.customer_id, w.id from webhook w where w.removed_at is not null
        order by w.customer_id, w.id limit ${int(WINDOW)}) w
      cross join lateral (
        select x.customer_id, x.id from webhook_delivery x where x.customer_id = w.customer_id and x.webhook_id = w.id
        limit ${int(limit)} for update skip locked) q
      limit ${int(limit)}
    ) old where d.customer_id = old.customer_id and d.id = old.id returning d.id`;
  return rows.length;
}

/** Deletes removed webhooks without deliveries, except those that others have locked. */
export async function deleteRemovedWebhooks(tx: Tx): Promise<void> {
  await tx.sql`/* delete_removed_webhooks */ delete from webhook w using (
      select x.customer_id, x.id from webhook x
      where x.removed_at is not null and not exists (
        select from webhook_delivery d where d.customer_id = x.customer_id and d.webhook_id = x.id)
      order by x.customer_id, x.id limit ${int(WINDOW)} for update skip locked
    ) old where w.customer_id = old.customer_id and w.id = old.id`;
}

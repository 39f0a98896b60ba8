import type { Session, Tx } from '../../platform/db/session';
import { bigint, int, key, owned, sql, type Fragment } from '../../platform/db/sql';
import type { NewDelivery } from './delivery.repository';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import { webhookTable, type WebhookEntity } from './webhook.entity';
import { OF_KEPT_WEBHOOK } from './webhook-removal.repository';

/** The first number of advisory locks on the webhooks of a customer: the bytes of `hook`. */
const LOCK_SPACE = 0x686f6f6b;

/** Until the transaction ends, no other one creates a webhook of the customer. */
export async function lockWebhooksOf(tx: Tx, customerId: string): Promise<void> {
  // Ids beyond 32 bits share locks, which does no harm.
  const customer = sql`(${bigint(customerId)} % 2147483647)::int`;
  await tx.sql`/* lock_webhooks */ select pg_advisory_xact_lock(${int(LOCK_SPACE)}, ${customer})`;
}

/** Counts the webhooks of a customer, active and disabled. */
export async function countWebhooks(session: Session, customerId: string): Promise<number> {
  const [row] = await session.sql<{ count: number }>`/* webhooks_of_customer */ select count(*)::int as count
    from webhook w where w.customer_id = ${bigint(customerId)} and w.removed_at is null`;
  return row!.count;
}

export type WebhookChange = Partial<Omit<WebhookEntity, 'customerId' | 'id' | 'createdAt'>>;

/** Changes a locked webhook. @param computed times by the clock of the database */
export async function changeWebhook(
  tx: Tx,
  webhook: WebhookEntity,
  change: WebhookChange,
  computed: { disabledAt?: Fragment; previousSecretUntil?: Fragment } = {},
): Promise<WebhookEntity> {
  if (Object.keys(change).length === 0) return webhook;
  const { customerId, id } = webhook;
  return webhookTable.updateOne(tx, { customerId, id, ...change }, { computed });
}

/**
 * Enables or disables a locked webhook, together with other changes. One that is so already stays as it is, also its reason.
 */
export async function changeActive(
  tx: Tx,
  webhook: WebhookEntity,
  active: boolean,
  change: WebhookChange = {},
): Promise<WebhookEntity> {
  if (webhook.active === active) return changeWebhook(tx, webhook, change);
  if (active)
    return changeWebhook(tx, webhook, {
      ...change,
      active,
      disabledAt: null,
      disabledReason: null,
      failingSince: null,
    });
  const disabled = { ...change, active, disabledReason: WebhookDisabledReason.BY_REQUEST };
  return changeWebhook(tx, webhook, disabled, { disabledAt: sql`clock_timestamp()` });
}

/** Inserts a test delivery that is due immediately. */
export async function insertTestDelivery(tx: Tx, delivery: NewDelivery): Promise<WebhookDeliveryEntity> {
  const computed = { nextAttemptAt: sql`clock_timestamp()` };
  return webhookDeliveryTable.insertOne(tx, { ...delivery, isTest: true }, { computed });
}

/** Makes a delivery due immediately and restarts its schedule of attempts. Undefined when the delivery is not found. */
export async function retryDelivery(tx: Tx, id: string): Promise<WebhookDeliveryEntity | undefined> {
  const [delivery] = await tx.sql<WebhookDeliveryEntity>`/* retry_delivery */ update webhook_delivery d
    set status = 'PENDING', next_attempt_at = clock_timestamp(), failures = 0
    where ${owned('d')} and ${OF_KEPT_WEBHOOK} and ${key('d.id')} = ${bigint(id)}
    returning ${webhookDeliveryTable.select('d')}`;
  return delivery;
}

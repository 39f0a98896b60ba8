import { keysTable, rowsByIds, type ListDefinition, type ParentKey, type ParentLink } from '../../platform/list/list';
import type { Session, Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryStatus } from './webhook-delivery-status';
import { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEntity } from './webhook.entity';

type NoConditions = Record<string, never>;

/** In the order of their ids. */
export const WEBHOOKS: ListDefinition<WebhookEntity, NoConditions> = {
  name: 'webhooks',
  entity: WebhookEntity,
  table: 'webhook',
  alias: 'w',
  conditions: () => [],
  order: () => ({ descending: false }),
};

export interface DeliveryQuery {
  status?: WebhookDeliveryStatus | null;
}

/** Newest first. */
export const DELIVERIES: ListDefinition<WebhookDeliveryEntity, DeliveryQuery> = {
  name: 'webhook_deliveries',
  entity: WebhookDeliveryEntity,
  table: 'webhook_delivery',
  alias: 'd',
  conditions: (sql, { status }) => (status == null ? [] : [`d.status = ${sql.value(status, 'text')}`]),
  order: () => ({ descending: true }),
};

export const DELIVERIES_OF_WEBHOOK: ParentLink = {
  name: 'by_webhook',
  condition: () => 'd.customer_id = k.customer_id and d.webhook_id = k.id',
};

export function findWebhooks(session: Session, ids: readonly string[]): Promise<WebhookEntity[]> {
  return rowsByIds(session, WEBHOOKS, ids);
}

export function findDeliveries(session: Session, ids: readonly string[]): Promise<WebhookDeliveryEntity[]> {
  return rowsByIds(session, DELIVERIES, ids);
}

/** The attempts of deliveries, oldest first. */
export async function findAttempts(
  session: Session,
  deliveries: readonly ParentKey[],
): Promise<WebhookAttemptEntity[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<WebhookAttemptEntity>(
    sql.build(
      'attempts_by_delivery',
      `select ${selectList(WebhookAttemptEntity, 'a')} from ${keysTable(sql, deliveries)}
         join webhook_attempt a on a.customer_id = k.customer_id and a.delivery_id = k.id
       order by a.delivery_id, a.id`,
    ),
  );
}

/** Takes the row lock of a webhook; undefined when there is none. */
export async function lockWebhook(tx: Tx, id: string): Promise<WebhookEntity | undefined> {
  const sql = new StatementBuilder(tx.scope);
  const [webhook] = await tx.query<WebhookEntity>(
    sql.build(
      'lock_webhook',
      `select ${selectList(WebhookEntity, 'w')} from webhook w
       where ${sql.owned('w')} and ${sql.key('w.id')} = ${sql.value(id, 'bigint')} for update`,
    ),
  );
  return webhook;
}

/** @returns the id of the new webhook */
export async function insertWebhook(
  tx: Tx,
  webhook: Pick<WebhookEntity, 'customerId' | 'url' | 'eventTypes' | 'secret'>,
): Promise<string> {
  const result = await tx.manager.insert(WebhookEntity, webhook);
  return (result.identifiers[0] as Pick<WebhookEntity, 'id'>).id;
}

export type WebhookChange = Partial<Omit<WebhookEntity, 'customerId' | 'id' | 'createdAt'>>;

export async function changeWebhook(tx: Tx, { customerId, id }: WebhookEntity, change: WebhookChange): Promise<void> {
  if (Object.keys(change).length > 0) await tx.manager.update(WebhookEntity, { customerId, id }, change);
}

/** With its deliveries and their attempts. */
export async function removeWebhook(tx: Tx, { customerId, id }: WebhookEntity): Promise<void> {
  await tx.manager.delete(WebhookEntity, { customerId, id });
}

/** Plans a delivery that was asked for by hand. */
export async function insertTestDelivery(
  tx: Tx,
  delivery: Pick<WebhookDeliveryEntity, 'customerId' | 'webhookId' | 'eventId' | 'eventType' | 'payload'>,
): Promise<WebhookDeliveryEntity> {
  const sql = new StatementBuilder(tx.scope);
  const { customerId, webhookId, eventId, eventType, payload } = delivery;
  const [inserted] = await tx.query<WebhookDeliveryEntity>(
    sql.build(
      'insert_test_delivery',
      `insert into webhook_delivery as d (customer_id, webhook_id, message_id, event_type, payload, is_test, next_attempt_at)
       values (${sql.value(customerId, 'bigint')}, ${sql.value(webhookId, 'bigint')}, ${sql.value(eventId, 'text')},
         ${sql.value(eventType, 'text')}, ${sql.value(payload, 'text')}, true, clock_timestamp())
       returning ${selectList(WebhookDeliveryEntity, 'd')}`,
    ),
  );
  return inserted!;
}

/** Makes a delivery due now, with all its tries before it again; undefined when there is none. */
export async function retryDelivery(tx: Tx, id: string): Promise<WebhookDeliveryEntity | undefined> {
  const sql = new StatementBuilder(tx.scope);
  const [delivery] = await tx.query<WebhookDeliveryEntity>(
    sql.build(
      'retry_delivery',
      `update webhook_delivery d set status = 'PENDING', next_attempt_at = clock_timestamp(), failures = 0
       where ${sql.owned('d')} and ${sql.key('d.id')} = ${sql.value(id, 'bigint')}
       returning ${selectList(WebhookDeliveryEntity, 'd')}`,
    ),
  );
  return delivery;
}

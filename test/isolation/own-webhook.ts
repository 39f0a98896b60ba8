import type { CallerName, TestApp } from '../support/test-app';
import type { Run } from './two-customers.harness';

/** Never resolves (RFC 2606), so deliveries to it always fail. */
export const NOWHERE = 'https://example.invalid/impilo';

/**
 * Adds a disabled webhook with a failed delivery and its attempt, and an event that was set aside. The delivery is inserted as superuser, so that no worker changes
 * it and the fingerprint of the customer's rows stays the same.
 *
 * @returns databaseIds
 */
export async function addOwnWebhook(
  app: TestApp,
  run: Run,
  caller: CallerName,
  customerId: string,
  eventId: string,
): Promise<Record<'Webhook' | 'WebhookDelivery' | 'WebhookAttempt' | 'WebhookPlanningFailure', string>> {
  // A customer can have 50. Suites with more sets of rows use only the first and the last one.
  await app.admin.query(
    `delete from webhook where customer_id = $1 and url = $2 and id > (select min(id) from webhook where customer_id = $1 and url = $2)
      and (select count(*) from webhook where customer_id = $1) > 40`,
    [customerId, NOWHERE],
  );
  // These tests cause no such event.
  const input = { url: NOWHERE, eventTypes: ['DEVICE_ASSOCIATION_REMOVED'] };
  const { webhook } = await run<{ webhook: { databaseId: string } }>(
    caller,
    'createWebhook',
    input,
    'webhook { databaseId }',
  );
  await run(caller, 'disableWebhook', { webhookId: webhook.databaseId }, 'webhook { databaseId }');
  const { rows } = await app.admin.query<{ deliveryId: string; id: string }>(
    `with delivery as (
       insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, status, failures)
       values ($1, $2, $3, 'DEVICE_ASSOCIATION_REMOVED', '{}', 'FAILED', 1) returning customer_id, id
     ), attempt as (
       insert into webhook_attempt (customer_id, delivery_id, at, duration_ms, error)
       select customer_id, id, now(), 1, 'Probe' from delivery returning delivery_id, id
     )
     select delivery_id as "deliveryId", id from attempt`,
    [customerId, webhook.databaseId, eventId],
  );
  const failures = await app.admin.query<{ id: string }>(
    `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids, set_aside_at, error)
     values ($1, nextval('event_id_seq'), 0, 'device.associationRemoved', '{}', array[$2::bigint], now(), 'Probe') returning id`,
    [customerId, webhook.databaseId],
  );
  const WebhookPlanningFailure = failures.rows[0]!.id;
  return {
    WebhookPlanningFailure,
    Webhook: webhook.databaseId,
    WebhookDelivery: rows[0]!.deliveryId,
    WebhookAttempt: rows[0]!.id,
  };
}

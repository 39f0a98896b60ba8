import type { CallerName, TestApp } from '../support/test-app';
import type { Run } from './two-customers.harness';

/** Never resolves (RFC 2606): what is delivered there reaches nobody. */
export const NOWHERE = 'https://example.invalid/impilo';

/**
 * Adds a webhook that is disabled, with a delivery that was tried and failed for good. The delivery is written as the
 * superuser, so that no worker touches it and a fingerprint of the customer's rows stays as it is.
 *
 * @returns the databaseIds of all three
 */
export async function addOwnWebhook(
  app: TestApp,
  run: Run,
  caller: CallerName,
  customerId: string,
  eventId: string,
): Promise<{ Webhook: string; WebhookDelivery: string; WebhookAttempt: string }> {
  // Nothing that is done here raises such an event.
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
  return { Webhook: webhook.databaseId, WebhookDelivery: rows[0]!.deliveryId, WebhookAttempt: rows[0]!.id };
}

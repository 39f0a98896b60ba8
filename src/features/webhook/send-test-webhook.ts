import { randomUUID } from 'node:crypto';
import { useCase } from '../../platform/operation/use-case';
import { toBody } from './planning';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { WebhookParts } from './webhook-rules';
import type { SendTestWebhookInput } from './webhook.input';
import { insertTestDelivery } from './webhook.repository';

/**
 * Sends a sample event, even if the webhook is disabled or does not receive events of this type.
 */
export const sendTestWebhook = useCase(
  { name: 'sendTestWebhook', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId, eventType }: SendTestWebhookInput, { messages }: WebhookParts) => {
    const { customerId, id } = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    const eventId = `test_${randomUUID()}`;
    const { type, sample } = messages.get(eventType)!;
    const payload = toBody(eventId, { type, payload: sample });
    return { delivery: await insertTestDelivery(tx, { customerId, webhookId: id, eventId, eventType, payload }) };
  },
);

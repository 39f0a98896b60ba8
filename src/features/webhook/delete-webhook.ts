import { toGlobalId } from '../../platform/base/global-id';
import { useCase } from '../../platform/operation/use-case';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { DeleteWebhookInput } from './webhook.input';
import { removeWebhook } from './webhook-removal.repository';

/**
 * Deletes a webhook with its deliveries, including pending ones. They are no longer found, and their rows are deleted in portions.
 */
export const deleteWebhook = useCase(
  { name: 'deleteWebhook', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: DeleteWebhookInput) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    await removeWebhook(tx, webhook);
    return { deletedWebhookId: toGlobalId('Webhook', webhook.id) };
  },
);

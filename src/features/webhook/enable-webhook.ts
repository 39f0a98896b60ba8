import { useCase } from '../../platform/operation/use-case';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { EnableWebhookInput } from './webhook.input';
import { changeActive } from './webhook.repository';

/**
 * Enables a disabled webhook. Clears the reason and `failingSince`. Pending deliveries are sent.
 *
 * A repeated call succeeds and changes nothing.
 */
export const enableWebhook = useCase(
  { name: 'enableWebhook', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: EnableWebhookInput) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    return { webhook: await changeActive(tx, webhook, true) };
  },
);

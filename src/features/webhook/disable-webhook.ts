import { useCase } from '../../platform/operation/use-case';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { DisableWebhookInput } from './webhook.input';
import { changeActive } from './webhook.repository';

/**
 * Disables a webhook: deliveries are neither planned nor sent, except test deliveries. Pending deliveries stay.
 *
 * A repeated call succeeds and changes nothing, not even the reason if the gateway disabled the webhook.
 */
export const disableWebhook = useCase(
  { name: 'disableWebhook', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: DisableWebhookInput) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    return { webhook: await changeActive(tx, webhook, false) };
  },
);

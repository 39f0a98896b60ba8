import { useCase } from '../../platform/operation/use-case';
import { lockNamed } from '../../platform/list/named-row';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { WEBHOOKS } from './webhook.list';
import type { DisableWebhookInput } from './webhook.input';
import { changeWebhook } from './webhook.repository';

/**
 * Disables a webhook: nothing is planned for it nor sent to it, but for tests. What waits stays.
 *
 * Repeating it succeeds and changes nothing, also the reason of one that the gateway has disabled by itself.
 */
export const disableWebhook = useCase(
  { name: 'disableWebhook', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: DisableWebhookInput) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    if (!webhook.active) return { webhook };
    const change = { active: false, disabledAt: new Date(), disabledReason: WebhookDisabledReason.BY_REQUEST };
    return { webhook: await changeWebhook(tx, webhook, change) };
  },
);

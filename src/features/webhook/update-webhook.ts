import { z } from 'zod';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertEndpointUrl } from './endpoint-address';
import type { WebhookEventType } from './webhook-event-type';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import { distinctTypes, type WebhookParts } from './webhook-rules';
import type { UpdateWebhookInput } from './webhook.input';
import { changeActive, type WebhookChange } from './webhook.repository';

const RULES = {
  url: nonNull(z.string()),
  eventTypes: nonNull(z.custom<WebhookEventType[]>()),
  active: nonNull(z.boolean()),
};

/**
 * Changes the given fields of a webhook, and enables or disables it, all or nothing.
 */
export const updateWebhook = useCase(
  { name: 'updateWebhook', action: 'webhook:manage', codes: ['INVALID_URL', 'WEBHOOK_NOT_FOUND'], input: RULES },
  async (_ctx, tx, input: Checked<UpdateWebhookInput, typeof RULES>, { allowsLoopback }: WebhookParts) => {
    const { webhookId, url, eventTypes, active } = input;
    const change: WebhookChange = {
      ...(url !== undefined && { url: assertEndpointUrl(url, allowsLoopback) }),
      ...(eventTypes !== undefined && { eventTypes: distinctTypes(eventTypes) }),
    };
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    return { webhook: await changeActive(tx, webhook, active ?? webhook.active, change) };
  },
);

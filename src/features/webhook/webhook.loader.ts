import type { ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf } from '../../platform/list/loader';
import { defineChildList, parentCacheKey } from '../../platform/list/paged-list';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import { DELIVERIES, DELIVERIES_OF_WEBHOOK, findAttempts, findDeliveries, findWebhooks } from './webhook.repository';

/** Webhooks are not for everybody who may read the programme, also not by `node`. */
export const webhookById = defineLoader<string, WebhookEntity | null>('webhook_by_id', String, async (ctx, ids) => {
  ctx.authorize('webhook:manage');
  return inOrderOf(ids, await findWebhooks(ctx.session, ids), (webhook) => webhook.id);
});

export const webhookDeliveryById = defineLoader<string, WebhookDeliveryEntity | null>(
  'webhook_delivery_by_id',
  String,
  async (ctx, ids) => {
    ctx.authorize('webhook:manage');
    return inOrderOf(ids, await findDeliveries(ctx.session, ids), (delivery) => delivery.id);
  },
);

export const attemptsByDelivery = defineLoader<ParentKey, WebhookAttemptEntity[]>(
  'attempts_by_delivery',
  parentCacheKey,
  async (ctx, deliveries) => {
    const attempts = await findAttempts(ctx.session, deliveries);
    return deliveries.map(({ id }) => attempts.filter(({ deliveryId }) => deliveryId === id));
  },
);

export const deliveriesOfWebhook = defineChildList(DELIVERIES, DELIVERIES_OF_WEBHOOK);

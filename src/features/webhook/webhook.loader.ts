import type { ParentKey } from '../../platform/list/list';
import { defineLoader, groupByParent, parentCacheKey } from '../../platform/list/loader';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { findAttempts } from './webhook.repository';

export const attemptsByDelivery = defineLoader<ParentKey, WebhookAttemptEntity[]>(
  'attempts_by_delivery',
  parentCacheKey,
  async (ctx, deliveries) => groupByParent(deliveries, await findAttempts(ctx.session, deliveries), 'deliveryId'),
);

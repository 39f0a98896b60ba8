import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { useCase } from '../../platform/operation/use-case';
import type { RetryWebhookDeliveryInput } from './webhook.input';
import { retryDelivery } from './webhook.repository';

/**
 * Tries a delivery again at once, also one that succeeded or whose tries are used up; it has them all again then.
 */
export const retryWebhookDelivery = useCase(
  { name: 'retryWebhookDelivery', action: 'webhook:manage', codes: ['WEBHOOK_DELIVERY_NOT_FOUND'] },
  async (_ctx, tx, { deliveryId }: RetryWebhookDeliveryInput) => {
    const id = parseId('WebhookDelivery', deliveryId, ['input', 'deliveryId']);
    const delivery = id === null ? undefined : await retryDelivery(tx, id);
    if (delivery) return { delivery };
    const message = 'There is no such delivery: check deliveryId; old ones are removed.';
    throw new DomainError('WEBHOOK_DELIVERY_NOT_FOUND', message, ['input', 'deliveryId']);
  },
);

import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { useCase } from '../../platform/operation/use-case';
import type { RetryWebhookDeliveryInput } from './webhook.input';
import { retryDelivery } from './webhook.repository';

/**
 * Makes a delivery due immediately, in any status. Its schedule of attempts starts again from the beginning.
 */
export const retryWebhookDelivery = useCase(
  { name: 'retryWebhookDelivery', action: 'webhook:manage', codes: ['WEBHOOK_DELIVERY_NOT_FOUND'] },
  async (_ctx, tx, { deliveryId }: RetryWebhookDeliveryInput) => {
    const id = parseId('WebhookDelivery', deliveryId, ['input', 'deliveryId']);
    const delivery = id === null ? undefined : await retryDelivery(tx, id);
    if (delivery) return { delivery };
    const message = 'There is no such delivery. Check deliveryId. Old deliveries are deleted.';
    throw new DomainError('WEBHOOK_DELIVERY_NOT_FOUND', message, ['input', 'deliveryId']);
  },
);

import { DomainError } from '../../platform/base/errors';
import { parseId, toGlobalId } from '../../platform/base/global-id';
import { useCase } from '../../platform/operation/use-case';
import { retryPlanning } from './webhook-event.repository';
import type { RetryWebhookPlanningInput } from './webhook.input';

const PATH = ['input', 'webhookPlanningFailureId'];

/**
 * Plans the deliveries of an event again that was set aside. If that fails, it is set aside again.
 */
export const retryWebhookPlanning = useCase(
  { name: 'retryWebhookPlanning', action: 'webhook:manage', codes: ['WEBHOOK_PLANNING_FAILURE_NOT_FOUND'] },
  async (_ctx, tx, { webhookPlanningFailureId }: RetryWebhookPlanningInput) => {
    const id = parseId('WebhookPlanningFailure', webhookPlanningFailureId, PATH);
    if (id !== null && (await retryPlanning(tx, id)))
      return { retriedWebhookPlanningFailureId: toGlobalId('WebhookPlanningFailure', id) };
    const message =
      'There is no such planning failure. Check webhookPlanningFailureId. It may have been retried already.';
    throw new DomainError('WEBHOOK_PLANNING_FAILURE_NOT_FOUND', message, PATH);
  },
);

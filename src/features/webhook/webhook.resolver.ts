import { defineFields, link, list } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import { attemptsOfDelivery, deliveriesOfWebhook, webhookById, webhookDeliveryById, WEBHOOKS } from './webhook.list';
import {
  Webhook,
  WebhookAttempt,
  WebhookAttemptConnection,
  WebhookConnection,
  WebhookDelivery,
  WebhookDeliveryConnection,
} from './webhook.type';

export const webhookQueries = queryResolver({
  webhook: nodeQuery(Webhook, webhookById, 'One webhook by its id; null when there is none.', 'webhook:manage'),
  webhooks: listQuery(
    WebhookConnection,
    WEBHOOKS,
    "The customer's webhooks; those of all customers for operators. For ADMIN and operators.",
    'webhook:manage',
  ),
});

defineFields<WebhookEntity>(Webhook, {
  customer: link(Customer, customerById, 'customerId', 'Whose webhook it is.'),
  deliveries: list(
    WebhookDeliveryConnection,
    deliveriesOfWebhook,
    'What was and is to be delivered, newest first. Old ones that are done are removed.',
  ),
});

defineFields<WebhookDeliveryEntity>(WebhookDelivery, {
  webhook: link(Webhook, webhookById, 'webhookId', 'To which webhook.'),
  attempts: list(WebhookAttemptConnection, attemptsOfDelivery, 'The attempts so far, oldest first.'),
});

defineFields<WebhookAttemptEntity>(WebhookAttempt, {
  delivery: link(WebhookDelivery, webhookDeliveryById, 'deliveryId', 'The delivery that was attempted.'),
});

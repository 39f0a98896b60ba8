import { defineFields, link, list } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import type { WebhookEventEntity } from './webhook-event.entity';
import {
  attemptsOfDelivery,
  DELIVERIES,
  deliveriesOfWebhook,
  PLANNING_FAILURES,
  planningFailureById,
  webhookById,
  webhookDeliveryById,
  WEBHOOKS,
} from './webhook.list';
import {
  Webhook,
  WebhookAttempt,
  WebhookAttemptConnection,
  WebhookConnection,
  WebhookDelivery,
  WebhookDeliveryConnection,
  WebhookPlanningFailure,
  WebhookPlanningFailureConnection,
} from './webhook.type';

export const webhookQueries = queryResolver({
  webhook: nodeQuery(
    Webhook,
    webhookById,
    'Webhook by id. Null when it is not found. For `ADMIN` and operators.',
    'webhook:manage',
  ),
  webhooks: listQuery(
    WebhookConnection,
    WEBHOOKS,
    'Webhooks of the customer. For operators, webhooks of all customers. For `ADMIN` and operators.',
    'webhook:manage',
  ),
  webhookDeliveries: listQuery(
    WebhookDeliveryConnection,
    DELIVERIES,
    'Deliveries to all webhooks of the customer, newest first. For operators, deliveries of all customers. Finished deliveries are deleted after a retention period. For `ADMIN` and operators.',
    'webhook:manage',
  ),
  webhookPlanningFailure: nodeQuery(
    WebhookPlanningFailure,
    planningFailureById,
    'Planning failure by id. Null when it is not found or was retried. For `ADMIN` and operators.',
    'webhook:manage',
  ),
  webhookPlanningFailures: listQuery(
    WebhookPlanningFailureConnection,
    PLANNING_FAILURES,
    'Events of the customer whose deliveries could not be planned, newest first. For operators, those of all customers. They are deleted after the retention period of deliveries. For `ADMIN` and operators.',
    'webhook:manage',
  ),
});

defineFields<WebhookEventEntity>(WebhookPlanningFailure, {
  customer: link(Customer, customerById, 'customerId', 'Customer of the event.'),
});

defineFields<WebhookEntity>(Webhook, {
  customer: link(Customer, customerById, 'customerId', 'Customer of the webhook.'),
  deliveries: list(
    WebhookDeliveryConnection,
    deliveriesOfWebhook,
    'Deliveries to the webhook, newest first. Finished deliveries are deleted after a retention period.',
  ),
});

defineFields<WebhookDeliveryEntity>(WebhookDelivery, {
  webhook: link(Webhook, webhookById, 'webhookId', 'Webhook that receives the delivery.'),
  attempts: list(WebhookAttemptConnection, attemptsOfDelivery, 'Attempts so far, oldest first.'),
});

defineFields<WebhookAttemptEntity>(WebhookAttempt, {
  delivery: link(WebhookDelivery, webhookDeliveryById, 'deliveryId', 'Delivery that was attempted.'),
});

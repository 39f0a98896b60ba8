import type { Feature } from '../../platform/graphql/feature';
import { DeliveryPruner } from './delivery-pruner';
import { SecretCipher, WEBHOOK_SECRET } from './secret-cipher';
import { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { declareEventTypes } from './webhook-event-type';
import { WebhookMutations } from './webhook-mutations.resolver';
import { WebhookEntity } from './webhook.entity';
import { WebhookEventEntity } from './webhook-event.entity';
import { planningFailureById, webhookAttemptById, webhookById, webhookDeliveryById } from './webhook.list';
import { hasReceivers } from './webhook-event.repository';
import { PLANNER } from './webhook-planner';
import { webhookRoutes } from './webhook.rest';
import { webhookQueries } from './webhook.resolver';
import { WebhookRemover } from './webhook-remover';
import { WebhookWorker } from './webhook-worker';

export const webhookFeature: Feature = {
  entities: [WebhookEntity, WebhookEventEntity, WebhookDeliveryEntity, WebhookAttemptEntity],
  nodes: {
    Webhook: webhookById,
    WebhookDelivery: webhookDeliveryById,
    WebhookAttempt: webhookAttemptById,
    WebhookPlanningFailure: planningFailureById,
  },
  resolvers: ({ keyFor, allowsLoopback, events }) => {
    const messages = declareEventTypes(events);
    const secrets = new SecretCipher(keyFor(WEBHOOK_SECRET));
    return [webhookQueries, new WebhookMutations({ secrets, allowsLoopback, messages })];
  },
  routes: webhookRoutes,
  consumer: { name: PLANNER, isNeededFor: hasReceivers },
  background: ({ keyFor, allowsLoopback, events, stream, database, log, retentionDays, rates, timings }) => [
    new WebhookWorker({
      ...timings,
      database,
      secrets: new SecretCipher(keyFor(WEBHOOK_SECRET)),
      allowsLoopback,
      catalog: events,
      arrived: stream.arrived,
      log,
      charge: (customerId, points) => rates.chargeCustomer(customerId, points),
    }),
    new DeliveryPruner(database, retentionDays, log),
    new WebhookRemover(database, log, { intervalMs: timings?.removalIntervalMs }),
  ],
};

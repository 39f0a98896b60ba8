import { owned, raw, sql, texts } from '../../platform/db/sql';
import { anyOf, during, filterMember, flag, idsOf } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection, type ParentLink } from '../../platform/list/definition';
import { byId } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { webhookAttemptTable } from './webhook-attempt.entity';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEventType } from './webhook-event-type';
import { webhookEventTable } from './webhook-event.entity';
import { webhookTable } from './webhook.entity';
import { OF_KEPT_WEBHOOK } from './webhook-removal.repository';

/** Reading webhooks requires more than `data:read`, also through `node`. */
const action = 'webhook:manage';

export const WEBHOOKS = defineList({
  type: 'Webhook',
  name: 'webhooks',
  table: webhookTable,
  alias: 'w',
  action,
  owned: sql`${owned('w')} and w.removed_at is null`,
  filters: {
    active: flag('w.active', 'If true, active webhooks. If false, disabled webhooks.'),
    eventTypes: filterMember(
      [WebhookEventType],
      (types) => sql`w.event_types && ${texts(types)}`,
      'Webhooks that receive any of these event types.',
    ),
    createdAt: during('w.created_at', 'Webhooks created in this range.'),
    customerIds: idsOf('Customer', 'w.customer_id', 'Webhooks of any of these customers. For operators.'),
  },
  sorts: { CREATED_AT: byId('By creation time.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
});

export const webhookById = nodeLoader(WEBHOOKS);

export const DELIVERIES = defineList({
  type: 'WebhookDelivery',
  input: 'WebhookDeliveryLog',
  name: 'webhook_deliveries',
  table: webhookDeliveryTable,
  alias: 'd',
  action,
  owned: sql`${owned('d')} and ${OF_KEPT_WEBHOOK}`,
  filters: {
    statuses: anyOf(WebhookDeliveryStatus, 'd.status', 'Deliveries with any of these statuses.'),
    eventTypes: anyOf(WebhookEventType, 'd.event_type', 'Deliveries of any of these event types.'),
    eventIds: anyOf(String, 'd.message_id', 'Deliveries with any of these values of `eventId`.'),
    createdAt: during('d.created_at', 'Deliveries created in this range.'),
    webhookIds: idsOf('Webhook', 'd.webhook_id', 'Deliveries to any of these webhooks.'),
    customerIds: idsOf('Customer', 'd.customer_id', 'Deliveries of any of these customers. For operators.'),
  },
  sorts: { CREATED_AT: byId('By creation time.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.DESC },
});

export const webhookDeliveryById = nodeLoader(DELIVERIES);

export const deliveriesOfWebhook = defineChildList(DELIVERIES, 'webhook', {
  input: 'WebhookDelivery',
  without: ['webhookIds', 'customerIds'],
});

export const PLANNING_FAILURES = defineList({
  type: 'WebhookPlanningFailure',
  name: 'webhook_planning_failures',
  table: webhookEventTable,
  alias: 'q',
  action,
  owned: sql`${owned('q')} and q.set_aside_at is not null`,
  filters: {
    setAsideAt: during('q.set_aside_at', 'Events set aside in this range.'),
    customerIds: idsOf('Customer', 'q.customer_id', 'Events of any of these customers. For operators.'),
  },
  sorts: { CREATED_AT: byId('By creation time of the event.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.DESC },
});

export const planningFailureById = nodeLoader(PLANNING_FAILURES);

const ATTEMPTS = defineList({
  type: 'WebhookAttempt',
  name: 'webhook_attempts',
  table: webhookAttemptTable,
  alias: 'a',
  action,
  owned: sql`${owned('a')} and exists (select from webhook_delivery d
    where d.customer_id = a.customer_id and d.id = a.delivery_id and ${OF_KEPT_WEBHOOK})`,
  filters: { startedAt: during('a.at', 'Attempts started in this range.') },
  sorts: { STARTED_AT: byId('By start time.') },
  defaultSort: { field: 'STARTED_AT', direction: SortDirection.ASC },
});

export const webhookAttemptById = nodeLoader(ATTEMPTS);

/**
 * An attempt is recorded with the new state of its delivery. While the delivery is due or waits for an attempt, later attempts are
 * not known yet: an attempt starts when the delivery is due, and then moves that time.
 */
const OF_DELIVERY: ParentLink = {
  name: 'by_delivery',
  condition: raw(`a.customer_id = k.customer_id and a.delivery_id = k.id
    and (k.as_of is null or a.at < k.as_of::timestamptz)`),
  asOf: 'nextAttemptAt' satisfies keyof WebhookDeliveryEntity,
};

export const attemptsOfDelivery = defineChildList(ATTEMPTS, OF_DELIVERY, { input: 'WebhookAttempt' });

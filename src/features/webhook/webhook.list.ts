import { sql, texts } from '../../platform/db/sql';
import { anyOf, during, filterMember, flag, idsOf } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { byId } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { webhookAttemptTable } from './webhook-attempt.entity';
import { webhookDeliveryTable } from './webhook-delivery.entity';
import { WebhookEventType } from './webhook-event-type';
import { webhookTable } from './webhook.entity';

/** Webhooks are not for everybody who may read the programme, also not by `node`. */
const action = 'webhook:manage';

export const WEBHOOKS = defineList({
  type: 'Webhook',
  name: 'webhooks',
  table: webhookTable,
  alias: 'w',
  action,
  filters: {
    active: flag('w.active', 'With true, webhooks that are active; with false, those that are disabled.'),
    eventTypes: filterMember(
      [WebhookEventType],
      (types) => sql`w.event_types && ${texts(types)}`,
      'Webhooks that are told of any of these.',
    ),
    createdAt: during('w.created_at', 'Webhooks that were created in this range.'),
    customerIds: idsOf('Customer', 'w.customer_id', 'Webhooks of any of these customers; for operators.'),
  },
  sorts: { CREATED_AT: byId('By when they were created.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
});

export const webhookById = nodeLoader(WEBHOOKS);

export const DELIVERIES = defineList({
  type: 'WebhookDelivery',
  name: 'webhook_deliveries',
  table: webhookDeliveryTable,
  alias: 'd',
  action,
  filters: {
    statuses: anyOf(WebhookDeliveryStatus, 'd.status', 'Deliveries in any of these statuses.'),
    eventTypes: anyOf(WebhookEventType, 'd.event_type', 'Deliveries of any of these types of events.'),
    eventIds: anyOf(String, 'd.message_id', 'Deliveries of any of these events.'),
    createdAt: during('d.created_at', 'Deliveries that were planned in this range.'),
  },
  sorts: { CREATED_AT: byId('By when they were planned.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.DESC },
});

export const webhookDeliveryById = nodeLoader(DELIVERIES);

export const deliveriesOfWebhook = defineChildList(DELIVERIES, 'webhook', { input: 'WebhookDelivery' });

const ATTEMPTS = defineList({
  type: 'WebhookAttempt',
  name: 'webhook_attempts',
  table: webhookAttemptTable,
  alias: 'a',
  action,
  filters: { startedAt: during('a.at', 'Attempts that began in this range.') },
  sorts: { STARTED_AT: byId('By when they began.') },
  defaultSort: { field: 'STARTED_AT', direction: SortDirection.ASC },
});

export const webhookAttemptById = nodeLoader(ATTEMPTS);

export const attemptsOfDelivery = defineChildList(ATTEMPTS, 'delivery', { input: 'WebhookAttempt' });

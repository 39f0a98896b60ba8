import { defineChildList } from '../../platform/list/connection';
import { defineList, NEWEST_FIRST, OLDEST_FIRST } from '../../platform/list/definition';
import { equals } from '../../platform/list/filter';
import { nodeLoader } from '../../platform/list/loader';
import { webhookAttemptTable, type WebhookAttemptEntity } from './webhook-attempt.entity';
import { webhookDeliveryTable, type WebhookDeliveryEntity } from './webhook-delivery.entity';
import { webhookTable, type WebhookEntity } from './webhook.entity';
import type { DeliveryFilter } from './webhook.input';

/** Webhooks are not for everybody who may read the programme, also not by `node`. */
const action = 'webhook:manage';

export const WEBHOOKS = defineList<WebhookEntity>({
  type: 'Webhook',
  name: 'webhooks',
  table: webhookTable,
  alias: 'w',
  action,
  filters: {},
  ...OLDEST_FIRST,
});

export const webhookById = nodeLoader(WEBHOOKS);

export const DELIVERIES = defineList<WebhookDeliveryEntity, DeliveryFilter>({
  type: 'WebhookDelivery',
  name: 'webhook_deliveries',
  table: webhookDeliveryTable,
  alias: 'd',
  action,
  filters: { status: equals('d.status', 'text') },
  ...NEWEST_FIRST,
});

export const webhookDeliveryById = nodeLoader(DELIVERIES);

export const deliveriesOfWebhook = defineChildList(DELIVERIES, 'webhook');

const ATTEMPTS = defineList<WebhookAttemptEntity>({
  type: 'WebhookAttempt',
  name: 'webhook_attempts',
  table: webhookAttemptTable,
  alias: 'a',
  action,
  filters: {},
  ...OLDEST_FIRST,
});

export const webhookAttemptById = nodeLoader(ATTEMPTS);

export const attemptsOfDelivery = defineChildList(ATTEMPTS, 'delivery');

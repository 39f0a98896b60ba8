import { nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEventType } from './webhook-event-type';
import type { WebhookEntity } from './webhook.entity';

export const Webhook = nodeType<WebhookEntity>(
  'Webhook',
  'An endpoint of a customer that is told of events by HTTP, at least once each, signed after the Standard Webhooks specification.',
  {
    url: required(String, 'Where deliveries are posted.'),
    eventTypes: required([WebhookEventType], 'What it is told of.'),
    active: required(Boolean, 'Whether it is told of anything. `updateWebhook` switches it on again.'),
    disabledAt: optional(DateTime, 'When it was switched off; null while it is active.'),
    disabledReason: optional(
      String,
      'Why it was switched off, e.g. that it failed for 5 days; null while it is active.',
    ),
    createdAt: required(DateTime, 'When it was created.'),
  },
);

export const WebhookAttempt = objectType<WebhookAttemptEntity>(
  'WebhookAttempt',
  'One try of a delivery, and what came of it.',
  {
    at: required(DateTime, 'When it began.'),
    responseStatus: optional(Int, 'The HTTP status of the answer; null when there was none.'),
    responseBody: optional(String, 'The first 1,024 characters of the answer; null when there was none.'),
    durationMs: required(Int, 'How long it took, in milliseconds.'),
    error: optional(String, 'Why it does not count as delivered; null when it does.'),
  },
);

export const WebhookDelivery = nodeType<WebhookDeliveryEntity>('WebhookDelivery', 'One message to one endpoint.', {
  eventType: required(WebhookEventType, 'What it tells of.'),
  eventId: required(
    String,
    'The header `webhook-id`: the same on every try and at every endpoint, for receivers to drop what they have already.',
  ),
  payload: required(String, 'The body, as it is posted and signed: JSON with `id`, `type` and `payload`.'),
  status: required(WebhookDeliveryStatus, 'What became of it so far.'),
  nextAttemptAt: optional(DateTime, 'When it is tried next; null when it is not any more.'),
  createdAt: required(DateTime, 'When it was planned.'),
});

export const WebhookConnection = connectionType(Webhook, 'Webhook', 'webhooks');
export const WebhookDeliveryConnection = connectionType(WebhookDelivery, 'WebhookDelivery', 'deliveries', {
  countable: false,
});

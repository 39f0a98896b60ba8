import { nodeType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDisabledReason } from './webhook-disabled-reason';
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
    active: required(Boolean, 'Whether events are delivered to it.'),
    disabledAt: optional(DateTime, 'When it was disabled; null while it is active.'),
    disabledReason: optional(WebhookDisabledReason, 'Why it was disabled; null while it is active.'),
    failingSince: optional(
      DateTime,
      'When the first delivery failed after the last one that succeeded; null while deliveries succeed. A webhook that fails for 5 days is disabled.',
    ),
    createdAt: required(DateTime, 'When it was created.'),
  },
);

export const WebhookAttempt = nodeType<WebhookAttemptEntity>(
  'WebhookAttempt',
  'One attempt of a delivery, and its result.',
  {
    startedAt: required(DateTime, 'When the attempt began.'),
    responseStatus: optional(Int, 'The HTTP status of the response; null when there was no response.'),
    responseBody: optional(String, 'The first 1,024 characters of the response; null when there was no response.'),
    durationMs: required(Int, 'Duration of the attempt, in milliseconds.'),
    error: optional(String, 'Why the attempt failed; null when it succeeded.'),
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
export const WebhookAttemptConnection = connectionType(WebhookAttempt, 'WebhookAttempt', 'attempts');
export const WebhookDeliveryConnection = connectionType(WebhookDelivery, 'WebhookDelivery', 'deliveries', {
  countable: false,
});

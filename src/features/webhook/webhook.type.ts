import { nodeType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEventType } from './webhook-event-type';
import type { WebhookEventEntity } from './webhook-event.entity';
import type { WebhookEntity } from './webhook.entity';

export const Webhook = nodeType<WebhookEntity>(
  'Webhook',
  'A webhook: an HTTP endpoint of a customer that receives events. Each event is delivered at least once, and signed as the Standard Webhooks specification says.',
  {
    url: required(String, 'URL that deliveries are posted to.', { weight: 'text' }),
    eventTypes: required([WebhookEventType], 'Event types delivered to this webhook.'),
    active: required(Boolean, 'Whether events are delivered to this webhook. False while it is disabled.'),
    disabledAt: optional(DateTime, 'Time at which the webhook was disabled. Null while it is active.'),
    disabledReason: optional(WebhookDisabledReason, 'Reason why the webhook was disabled. Null while it is active.'),
    failingSince: optional(
      DateTime,
      'Time of the first failed attempt after the last success. Null while attempts succeed. A webhook that fails for 5 days is disabled.',
    ),
    createdAt: required(DateTime, 'Time at which the webhook was created.'),
  },
);

export const WebhookAttempt = nodeType<WebhookAttemptEntity>(
  'WebhookAttempt',
  'An attempt to send a delivery, and its result.',
  {
    startedAt: required(DateTime, 'Time at which the attempt started.'),
    responseStatus: optional(Int, 'HTTP status of the response. Null when there was no response.'),
    responseBody: optional(
      String,
      'Beginning of the response body: at most 1,024 characters, as far as they arrived in time. Null when there was no response.',
      { weight: 'text' },
    ),
    durationMs: required(Int, 'Duration of the attempt, in milliseconds.'),
    error: optional(String, 'Reason for the failure, for people. Null when the attempt succeeded.'),
  },
);

export const WebhookDelivery = nodeType<WebhookDeliveryEntity>(
  'WebhookDelivery',
  'A delivery: one message to one webhook.',
  {
    eventType: required(WebhookEventType, 'Type of the event.'),
    eventId: required(
      String,
      'Value of the header `webhook-id`: the same in every attempt and for every webhook. Receivers use it to detect duplicates.',
    ),
    payload: required(String, 'Body that is posted and signed: JSON with `id`, `type` and `payload`.', {
      weight: 'document',
    }),
    status: required(WebhookDeliveryStatus, 'Current status of the delivery.'),
    nextAttemptAt: optional(DateTime, 'Time of the next attempt. Null when there is no further attempt.'),
    createdAt: required(DateTime, 'Time at which the delivery was created.'),
  },
);

export const WebhookPlanningFailure = nodeType<WebhookEventEntity>(
  'WebhookPlanningFailure',
  'An event that is not delivered to webhooks, because its deliveries could not be planned. It is set aside, so that later events are delivered.',
  {
    type: required(String, 'Type of the event, as in a delivery, or `reading.recorded` for up to 100 readings.'),
    error: optional(String, 'Reason for the failure, for people.'),
    setAsideAt: optional(DateTime, 'Time of the failure.'),
    createdAt: required(DateTime, 'Time at which the planning of the event began.'),
  },
);

export const WebhookConnection = connectionType(Webhook, 'Webhook', 'webhooks');
export const WebhookAttemptConnection = connectionType(WebhookAttempt, 'WebhookAttempt', 'attempts');
export const WebhookDeliveryConnection = connectionType(WebhookDelivery, 'WebhookDelivery', 'deliveries', {
  countable: false,
});
export const WebhookPlanningFailureConnection = connectionType(
  WebhookPlanningFailure,
  'WebhookPlanningFailure',
  'webhook planning failures',
);

import { z } from 'zod';
import { fromCamelCase, toCamelCase } from '../../platform/base/camel-case';
import { childConnection } from '../../platform/list/connection';
import type { RestCall } from '../../platform/rest/rest-call';
import { pageRoute, type RestRoute, type Tag } from '../../platform/rest/route';
import { id, integer, manyParameters, numberParameter, shape, text, time, words } from '../../platform/rest/shapes';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { toEventType, type WireTypes } from './webhook-event-type';
import { attemptsOfDelivery } from './webhook.list';

/** Newest attempts of a delivery that a log contains. A delivery that is never retried by hand has at most twelve. */
const MAX_ATTEMPTS = 12;

const WebhookAttempt = shape('WebhookAttempt', 'An attempt to send a delivery, and its result.', {
  startedAt: time('Time at which the attempt started.'),
  responseStatus: integer('HTTP status of the response. Null when there was no response.').nullable(),
  responseBody: text(
    'Beginning of the response body: at most 1,024 characters, as far as they arrived in time. Null when there was no response.',
  ).nullable(),
  durationMs: integer('Duration of the attempt, in milliseconds.'),
  error: text('Reason for the failure, for people. Null when the attempt succeeded.').nullable(),
});

function toAttempt(attempt: WebhookAttemptEntity): z.infer<typeof WebhookAttempt> {
  const { startedAt, responseStatus, responseBody, durationMs, error } = attempt;
  return { startedAt: startedAt.toISOString(), responseStatus, responseBody, durationMs, error };
}

/** Members of the list's filter. */
const FIELDS = {
  webhookIds: 'webhookId',
  eventTypes: 'webhookType',
  eventIds: 'eventId',
  statuses: 'status',
  customerIds: 'customerId',
  'createdAt.from': 'startTimestamp',
  'createdAt.to': 'endTimestamp',
};

export function webhookLogRoute(tag: Tag, wireTypes: WireTypes, EventType: z.ZodType<string>): RestRoute {
  const WebhookLog = shape('WebhookLog', 'A delivery: one message to one webhook, with the attempts to send it.', {
    id: id('Id of the delivery.'),
    webhookId: id('Webhook that receives the delivery.'),
    webhookType: EventType,
    eventId: text(
      'Value of the header `webhook-id`: the same in every attempt and for every webhook. Receivers use it to detect duplicates.',
    ),
    status: words(WebhookDeliveryStatus, 'Current status of the delivery. Values may be added.'),
    payload: text('Body that is posted and signed: JSON with `id`, `type` and `payload`.'),
    createdAt: time('Time at which the delivery was created.'),
    nextAttemptAt: time('Time of the next attempt. Null when there is no further attempt.').nullable(),
    retryAttempts: integer('Number of attempts after the first one.'),
    lastRetryTimestamp: time('Time of the latest attempt after the first one. Null when there is none.').nullable(),
    lastResponseStatus: integer(
      'HTTP status of the response to the latest attempt. Null when it had no response, or before the first attempt.',
    ).nullable(),
    attempts: z.array(WebhookAttempt).describe(`The newest attempts, at most ${MAX_ATTEMPTS}, oldest first.`),
  });

  const toLog = async ({ ctx }: RestCall, delivery: WebhookDeliveryEntity): Promise<z.infer<typeof WebhookLog>> => {
    const { webhookId, eventId, payload, createdAt, nextAttemptAt } = delivery;
    const connection = childConnection(ctx, attemptsOfDelivery, delivery, { last: MAX_ATTEMPTS });
    const [attempts, count] = await Promise.all([connection.nodes(), connection.totalCount()!]);
    const latest = attempts.at(-1);
    return {
      id: Number(delivery.id),
      webhookId: Number(webhookId),
      webhookType: wireTypes.get(delivery.eventType)!,
      eventId,
      status: toCamelCase(delivery.status),
      payload,
      createdAt: createdAt.toISOString(),
      nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
      retryAttempts: Math.max(0, count - 1),
      lastRetryTimestamp: count > 1 ? latest!.startedAt.toISOString() : null,
      lastResponseStatus: latest?.responseStatus ?? null,
      attempts: attempts.map(toAttempt),
    };
  };

  return pageRoute({
    path: '/webhook/logs',
    operationId: 'listWebhookLogs',
    tag,
    summary: 'List webhook deliveries',
    description:
      'Deliveries to the webhooks of the customer, newest first, with their attempts. For operators, deliveries of all customers. Finished deliveries are deleted after a retention period. For ADMIN and operators.',
    query: {
      webhookId: manyParameters(numberParameter('A webhook.'), 'Deliveries to any of these webhooks.').optional(),
      webhookType: manyParameters(EventType, 'Deliveries of any of these event types.').optional(),
      status: manyParameters(
        words(WebhookDeliveryStatus, 'A status.'),
        'Deliveries with any of these statuses.',
      ).optional(),
      eventId: manyParameters(text('An event.'), 'Deliveries with any of these values of `eventId`.').optional(),
      startTimestamp: time('Deliveries created at this time or later.').optional(),
      endTimestamp: time('Deliveries created before this time.').optional(),
      customerId: numberParameter('Deliveries of this customer. For operators.').optional(),
    },
    name: 'WebhookLogPage',
    item: WebhookLog,
    fields: FIELDS,
    list: ({ webhookId, webhookType, status, eventId, startTimestamp, endTimestamp, customerId }) => [
      'webhookDeliveries',
      {
        filter: {
          webhookIds: webhookId,
          eventTypes: webhookType?.map(toEventType),
          statuses: status?.map((one) => fromCamelCase(one)),
          eventIds: eventId,
          createdAt: { from: startTimestamp, to: endTimestamp },
          customerIds: customerId,
        },
      },
    ],
    toItem: toLog,
  });
}

import { z } from 'zod';
import { toCamelCase } from '../../platform/base/camel-case';
import { DomainError } from '../../platform/base/errors';
import type { EventCatalog } from '../../platform/event/event-catalog';
import { nodeRoute, pageRoute, route, type RestRoute } from '../../platform/rest/route';
import {
  flag,
  flagParameter,
  id,
  manyParameters,
  numberParameter,
  requestShape,
  shape,
  SHAPES,
  text,
  time,
  words,
} from '../../platform/rest/shapes';
import { createWebhook } from './create-webhook';
import { updateWebhook } from './update-webhook';
import { WebhookDisabledReason } from './webhook-disabled-reason';
import { toEventType, wireTypesOf } from './webhook-event-type';
import { webhookLogRoute } from './webhook-log.rest';
import type { WebhookEntity } from './webhook.entity';

const WEBHOOK_TAG = { name: 'Webhooks', description: 'Endpoints of the customer that receive events.' };

/** Paths of the use cases' inputs. */
const FIELDS = { webhookId: 'id' };

/** Their event types come from the event catalog, see `declareEventTypes`. */
export function webhookRoutes(events: EventCatalog): readonly RestRoute[] {
  const wireTypes = wireTypesOf(events);
  const EventType = z
    .enum([...wireTypes.values()])
    .describe('Event type, as deliveries name it. Values may be added.')
    .register(SHAPES, { id: 'WebhookEventType' });

  const members = {
    id: id('Id of the webhook.'),
    customerId: id('Customer of the webhook.'),
    url: text('URL that events are posted to.'),
    type: EventType.nullable().describe(
      'Event type that the webhook receives. Null when it receives several, see `eventTypes`.',
    ),
    eventTypes: z.array(EventType).describe('Event types that the webhook receives.'),
    active: flag('Whether events are delivered to the webhook. False while it is disabled.'),
    disabledAt: time('Time at which the webhook was disabled. Null while it is active.').nullable(),
    disabledReason: words(
      WebhookDisabledReason,
      'Reason why the webhook was disabled. Null while it is active. Values may be added.',
    ).nullable(),
    failingSince: time(
      'Time of the first failed attempt after the last success. Null while attempts succeed. A webhook that fails for 5 days is disabled.',
    ).nullable(),
    createdAt: time('Time at which the webhook was created.'),
  };
  const Webhook = shape('Webhook', 'A webhook: an HTTP endpoint of a customer that receives events.', members);
  const CreatedWebhook = shape('CreatedWebhook', 'A webhook with its secret.', {
    ...members,
    secret: text(
      'Secret for verifying signatures, `whsec_…`. Store it: it is returned only this once. Null when the request was repeated with its `Idempotency-Key`.',
    ).nullable(),
  });

  const types = {
    type: EventType.optional().describe('Event type that the webhook receives. Short for `eventTypes` with one type.'),
    eventTypes: z
      .array(EventType)
      .describe('Event types that the webhook receives. With `type`, these and that one.')
      .optional(),
  };
  const CreateWebhookRequest = requestShape(
    'CreateWebhookRequest',
    'A new webhook. `type` or `eventTypes` is required.',
    {
      url: text(
        'URL to post events to: https, with a public address, without credentials and port 0, at most 2,000 characters with percent-encoding.',
      ),
      ...types,
      customerId: id('Customer of the webhook. Required for operators. Others may omit it.').optional(),
    },
  );
  const UpdateWebhookRequest = requestShape(
    'UpdateWebhookRequest',
    'Webhook to change, and its changes. Omitted members stay as they are. The event types replace the current ones.',
    {
      id: id('Webhook to change.'),
      url: text('New URL, with the rules of a new webhook. Pending deliveries go to it.').optional(),
      ...types,
      active: flag(
        'False disables the webhook: events are not delivered, and pending deliveries wait. True enables it.',
      ).optional(),
    },
  );

  const toWebhook = (webhook: WebhookEntity): z.infer<typeof Webhook> => {
    const { url, active, disabledAt, disabledReason, failingSince, createdAt } = webhook;
    const eventTypes = webhook.eventTypes.map((type) => wireTypes.get(type)!);
    const [type] = eventTypes;
    return {
      id: Number(webhook.id),
      customerId: Number(webhook.customerId),
      url,
      type: eventTypes.length === 1 ? type! : null,
      eventTypes,
      active,
      disabledAt: disabledAt?.toISOString() ?? null,
      disabledReason: disabledReason && toCamelCase(disabledReason),
      failingSince: failingSince?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    };
  };

  return [
    route({
      method: 'POST',
      path: '/webhook',
      operationId: 'createWebhook',
      tag: WEBHOOK_TAG,
      summary: 'Create a webhook',
      description:
        'Creates a webhook, which receives events from now on. For ADMIN and operators. A repeated request without `Idempotency-Key` creates another webhook.',
      body: CreateWebhookRequest,
      response: [201, CreatedWebhook, 'The webhook, and its secret.'],
      runs: [createWebhook],
      codes: ['WEBHOOK_NOT_FOUND'],
      handle: async (call, { body: { url, customerId, ...given } }) => {
        const input = { url, customerId, eventTypes: toEventTypes(given) ?? [] };
        const { webhook, secret } = await call.run(createWebhook, input);
        return { ...toWebhook(existing(webhook)), secret };
      },
    }),
    route({
      method: 'PATCH',
      path: '/webhook',
      operationId: 'updateWebhook',
      tag: WEBHOOK_TAG,
      summary: 'Change a webhook',
      description:
        'Changes the URL and the event types of a webhook, and enables or disables it. All changes are made, or none. For ADMIN and operators. Safe to repeat.',
      body: UpdateWebhookRequest,
      response: [200, Webhook, 'The webhook.'],
      runs: [updateWebhook],
      fields: FIELDS,
      handle: async (call, { body: { id: webhookId, url, active, ...given } }) => {
        const input = { webhookId, url, active, eventTypes: toEventTypes(given) };
        return toWebhook(existing((await call.run(updateWebhook, input)).webhook));
      },
    }),
    nodeRoute({
      field: 'webhook',
      tag: WEBHOOK_TAG,
      description: 'A webhook by id, without its secret. For ADMIN and operators.',
      shape: Webhook,
      toBody: (_call, webhook: WebhookEntity) => toWebhook(webhook),
    }),
    pageRoute({
      path: '/webhook',
      operationId: 'listWebhooks',
      tag: WEBHOOK_TAG,
      summary: 'List webhooks',
      description:
        'Webhooks of the customer, oldest first, without their secrets. For operators, webhooks of all customers. For ADMIN and operators.',
      query: {
        active: flagParameter('If true, active webhooks. If false, disabled webhooks.').optional(),
        webhookType: manyParameters(EventType, 'Webhooks that receive any of these event types.').optional(),
        customerId: numberParameter('Webhooks of this customer. For operators.').optional(),
      },
      name: 'WebhookPage',
      item: Webhook,
      fields: LIST_FIELDS,
      list: ({ active, webhookType, customerId }) => [
        'webhooks',
        { filter: { active, eventTypes: webhookType?.map(toEventType), customerIds: oneOrAny(customerId) } },
      ],
      toItem: (_call, webhook: WebhookEntity) => Promise.resolve(toWebhook(webhook)),
    }),
    webhookLogRoute(WEBHOOK_TAG, wireTypes, EventType),
  ];
}

const LIST_FIELDS = { eventTypes: 'webhookType', customerIds: 'customerId' };

function oneOrAny(given: number | undefined): number[] | undefined {
  return given === undefined ? undefined : [given];
}

interface GivenTypes {
  readonly type?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
}

/** Undefined when none are given. */
function toEventTypes({ type, eventTypes }: GivenTypes) {
  if (type === undefined) return eventTypes?.map(toEventType);
  return [...(eventTypes ?? []), type].map(toEventType);
}

/** A repeated request returns the current webhook, which may have been deleted. */
function existing(webhook: WebhookEntity | null): WebhookEntity {
  if (webhook) return webhook;
  throw new DomainError(
    'WEBHOOK_NOT_FOUND',
    'The webhook of the first request was deleted. Use a new Idempotency-Key.',
    ['idempotencyKey'],
  );
}

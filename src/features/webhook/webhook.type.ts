import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookEventType } from './webhook-event-type';
import type { WebhookEntity } from './webhook.entity';

@ObjectType({
  implements: Node,
  description:
    'An endpoint of a customer that is told of events by HTTP, at least once each, signed after the Standard Webhooks specification.',
  simpleResolvers: true,
})
export class Webhook
  extends Node
  implements Pick<WebhookEntity, 'url' | 'eventTypes' | 'active' | 'disabledAt' | 'disabledReason' | 'createdAt'>
{
  @DatabaseId() databaseId: string;

  @Field(() => String, { description: 'Where deliveries are posted.' })
  url: string;

  @Field(() => [WebhookEventType], { description: 'What it is told of.' })
  eventTypes: WebhookEventType[];

  @Field(() => Boolean, { description: 'Whether it is told of anything. `updateWebhook` switches it on again.' })
  active: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was switched off; null while it is active.' })
  disabledAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was switched off, e.g. that it failed for 5 days; null while it is active.',
  })
  disabledReason: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt: Date;
}

@ObjectType({ description: 'One try of a delivery, and what came of it.', simpleResolvers: true })
export class WebhookAttempt implements Pick<
  WebhookAttemptEntity,
  'at' | 'responseStatus' | 'responseBody' | 'durationMs' | 'error'
> {
  @Field(() => DateTime, { description: 'When it began.' })
  at: Date;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer; null when there was none.' })
  responseStatus: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The first 1,024 characters of the answer; null when there was none.',
  })
  responseBody: string | null;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs: number;

  @Field(() => String, { nullable: true, description: 'Why it does not count as delivered; null when it does.' })
  error: string | null;
}

@ObjectType({ implements: Node, description: 'One message to one endpoint.', simpleResolvers: true })
export class WebhookDelivery
  extends Node
  implements Pick<WebhookDeliveryEntity, 'eventType' | 'eventId' | 'payload' | 'status' | 'nextAttemptAt' | 'createdAt'>
{
  @DatabaseId() databaseId: string;

  @Field(() => WebhookEventType, { description: 'What it tells of.' })
  eventType: WebhookEventType;

  @Field(() => String, {
    description:
      'The header `webhook-id`: the same on every try and at every endpoint, for receivers to drop what they have already.',
  })
  eventId: string;

  @Field(() => String, { description: 'The body, as it is posted and signed: JSON with `id`, `type` and `payload`.' })
  payload: string;

  @Field(() => WebhookDeliveryStatus, { description: 'What became of it so far.' })
  status: WebhookDeliveryStatus;

  @Field(() => DateTime, { nullable: true, description: 'When it is tried next; null when it is not any more.' })
  nextAttemptAt: Date | null;

  @Field(() => DateTime, { description: 'When it was planned.' })
  createdAt: Date;
}

export const WebhookConnection = connectionType(Webhook, 'Webhook', 'webhooks');
export const WebhookDeliveryConnection = connectionType(WebhookDelivery, 'WebhookDelivery', 'deliveries', {
  countable: false,
});

import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { WebhookEventType } from './webhook-event-type';

@ArgsType()
export class DeliveriesArguments extends ConnectionArguments {
  @Field(() => WebhookDeliveryStatus, {
    nullable: true,
    description: 'Only deliveries of which this became; all of them when absent.',
  })
  status?: WebhookDeliveryStatus | null;
}

/** What the arguments of a list of deliveries say of the deliveries. */
export type DeliveryFilter = Pick<DeliveriesArguments, 'status'>;

@InputType({ description: 'A new webhook of a customer.' })
export class CreateWebhookInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose webhook. Operators must give it; others may leave it out or give their own.',
  })
  customerId?: string | null;

  @Field(() => String, {
    description: 'Where to post deliveries: https, at a public address, without credentials; up to 2000 characters.',
  })
  url: string;

  @Field(() => [WebhookEventType], { description: 'What to be told of; at least one.' })
  eventTypes: WebhookEventType[];
}

const WEBHOOK_ID = { description: 'Which webhook: its global id or its databaseId.' } as const;

@InputType({ description: 'A change of a webhook. What is absent stays; nothing of it can be cleared.' })
export class UpdateWebhookInput {
  @Field(() => ID, WEBHOOK_ID)
  webhookId: string;

  @Field(() => String, { nullable: true, description: 'Where to post deliveries: as for a new webhook.' })
  url?: string | null;

  @Field(() => [WebhookEventType], { nullable: true, description: 'What to be told of; at least one.' })
  eventTypes?: WebhookEventType[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, it is told again, also what waited; with false, nothing is planned or sent any more.',
  })
  active?: boolean | null;
}

@InputType({ description: 'Which webhook to remove, with its deliveries.' })
export class DeleteWebhookInput {
  @Field(() => ID, WEBHOOK_ID)
  webhookId: string;
}

@InputType({ description: 'Which webhook is to have another secret.' })
export class RotateWebhookSecretInput {
  @Field(() => ID, WEBHOOK_ID)
  webhookId: string;
}

@InputType({ description: 'An example of an event, to see that an endpoint works.' })
export class SendTestWebhookInput {
  @Field(() => ID, WEBHOOK_ID)
  webhookId: string;

  @Field(() => WebhookEventType, { description: 'An example of what.' })
  eventType: WebhookEventType;
}

@InputType({ description: 'Which delivery to try again.' })
export class RetryWebhookDeliveryInput {
  @Field(() => ID, { description: 'Its global id or its databaseId.' })
  deliveryId: string;
}

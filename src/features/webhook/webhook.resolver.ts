import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { toPayload } from '../../platform/operation/user-errors';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { toGlobalId } from '../../platform/base/global-id';
import { Customer } from '../customer/customer.type';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import {
  CreateWebhookInput,
  DeleteWebhookInput,
  DeliveriesArguments,
  RetryWebhookDeliveryInput,
  RotateWebhookSecretInput,
  SendTestWebhookInput,
  UpdateWebhookInput,
} from './webhook.input';
import { attemptsByDelivery, webhookById } from './webhook.loader';
import type { WebhookService } from './webhook.service';
import {
  CreateWebhookPayload,
  DeleteWebhookPayload,
  RetryWebhookDeliveryPayload,
  RotateWebhookSecretPayload,
  SendTestWebhookPayload,
  UpdateWebhookPayload,
  Webhook,
  WebhookAttempt,
  WebhookConnection,
  WebhookDelivery,
  WebhookDeliveryConnection,
} from './webhook.type';

@Resolver(() => Webhook)
export class WebhookResolver {
  constructor(private readonly service: WebhookService) {}

  @Query(() => Webhook, { nullable: true, description: 'One webhook by its id; null when there is none.' })
  webhook(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.service.find(ctx, id);
  }

  @Query(() => WebhookConnection, {
    nullable: true,
    description: "The customer's webhooks; those of all customers for operators. For ADMIN and operators.",
  })
  webhooks(@Ctx() ctx: RequestContext, @Args(() => ConnectionArguments) page: ConnectionArguments) {
    return this.service.list(ctx, page);
  }

  @FieldResolver(() => Customer, { description: 'Whose webhook it is.' })
  customer(@Root() webhook: WebhookEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(customerById, webhook.customerId);
  }

  @FieldResolver(() => WebhookDeliveryConnection, {
    description: 'What was and is to be delivered, newest first. Old ones that are done are removed.',
  })
  deliveries(
    @Root() webhook: WebhookEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => DeliveriesArguments) { status, ...page }: DeliveriesArguments,
  ) {
    return this.service.deliveriesOf(ctx, webhook, { status }, page);
  }

  @Mutation(() => CreateWebhookPayload, {
    nullable: true,
    description: 'Adds an endpoint to be told of events from now on. Keep the secret: it is shown this once.',
  })
  createWebhook(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => CreateWebhookInput, { description: 'Where, and what of.' }) input: CreateWebhookInput,
  ) {
    return toPayload(this.service.create(ctx, input));
  }

  @Mutation(() => UpdateWebhookPayload, {
    nullable: true,
    description: 'Changes where a webhook is and what it is told of, or switches it off and on.',
  })
  updateWebhook(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => UpdateWebhookInput, { description: 'Which webhook, and what changes.' })
    input: UpdateWebhookInput,
  ) {
    return toPayload(this.service.update(ctx, input).then((webhook) => ({ webhook })));
  }

  @Mutation(() => DeleteWebhookPayload, {
    nullable: true,
    description: 'Removes a webhook with its deliveries, also those that wait.',
  })
  deleteWebhook(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => DeleteWebhookInput, { description: 'Which webhook.' }) { webhookId }: DeleteWebhookInput,
  ) {
    return toPayload(
      this.service.remove(ctx, webhookId).then(({ id }) => ({ deletedWebhookId: toGlobalId('Webhook', id) })),
    );
  }

  @Mutation(() => RotateWebhookSecretPayload, {
    nullable: true,
    description:
      'Gives a webhook another secret. For 24 hours deliveries carry a signature by the old and one by the new.',
  })
  rotateWebhookSecret(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => RotateWebhookSecretInput, { description: 'Which webhook.' })
    { webhookId }: RotateWebhookSecretInput,
  ) {
    return toPayload(this.service.rotateSecret(ctx, webhookId));
  }

  @Mutation(() => SendTestWebhookPayload, {
    nullable: true,
    description: 'Delivers an example, whether or not the webhook is active and wants such events.',
  })
  sendTestWebhook(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => SendTestWebhookInput, { description: 'To which webhook, of what.' })
    { webhookId, eventType }: SendTestWebhookInput,
  ) {
    return toPayload(this.service.sendTest(ctx, webhookId, eventType).then((delivery) => ({ delivery })));
  }

  @Mutation(() => RetryWebhookDeliveryPayload, {
    nullable: true,
    description: 'Tries a delivery again at once, also one that succeeded or failed for good.',
  })
  retryWebhookDelivery(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => RetryWebhookDeliveryInput, { description: 'Which delivery.' })
    { deliveryId }: RetryWebhookDeliveryInput,
  ) {
    return toPayload(this.service.retry(ctx, deliveryId).then((delivery) => ({ delivery })));
  }
}

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @FieldResolver(() => Webhook, { description: 'To which webhook.' })
  webhook(@Root() { webhookId }: WebhookDeliveryEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(webhookById, webhookId);
  }

  @FieldResolver(() => [WebhookAttempt], { description: 'Its tries so far, oldest first.' })
  attempts(@Root() { customerId, id }: WebhookDeliveryEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(attemptsByDelivery, { customerId, id });
  }
}

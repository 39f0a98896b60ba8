import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { Customer } from '../customer/customer.type';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import { DeliveriesArguments } from './webhook.input';
import { attemptsByDelivery, webhookById } from './webhook.loader';
import type { WebhookService } from './webhook.service';
import { Webhook, WebhookAttempt, WebhookConnection, WebhookDelivery, WebhookDeliveryConnection } from './webhook.type';

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

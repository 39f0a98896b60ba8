import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Device } from '../device/device.type';
import { itemById } from '../item/item.loader';
import { Item } from '../item/item.type';
import { patientById } from '../patient/patient.loader';
import { Patient } from '../patient/patient.type';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { siteById } from '../site/site.loader';
import { Site } from '../site/site.type';
import { Actor, actorAsSeenBy } from '../../platform/graphql/actor.type';
import { Customer } from '../customer/customer.type';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderItemEntity } from './order-item.entity';
import { ShipmentLeg } from './order-status';
import type { OrderEntity } from './order.entity';
import { OrdersArguments } from './order.input';
import { eventsByOrder, itemsByOrder } from './order.loader';
import type { OrderService } from './order.service';
import { Order, OrderConnection, OrderEvent, OrderItem } from './order.type';

@Resolver(() => Order)
export class OrderResolver {
  constructor(private readonly service: OrderService) {}

  @Query(() => Order, { nullable: true, description: 'One order by its id; null when there is none.' })
  order(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.service.find(ctx, id);
  }

  @Query(() => OrderConnection, {
    nullable: true,
    description: "The customer's orders, newest first; those of all customers for operators.",
  })
  orders(@Ctx() ctx: RequestContext, @Args(() => OrdersArguments) request: OrdersArguments) {
    return this.service.list(ctx, request);
  }

  @FieldResolver(() => Customer, { description: 'Whose order it is.' })
  customer(@Root() order: OrderEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(customerById, order.customerId);
  }

  @FieldResolver(() => Patient, { nullable: true, description: 'To whom it goes; null when it goes to a site.' })
  patient(@Root() { patientId }: OrderEntity, @Ctx() ctx: RequestContext) {
    return patientId === null ? null : ctx.loaders.load(patientById, patientId);
  }

  @FieldResolver(() => Site, { nullable: true, description: 'Where it goes; null when it goes to a patient.' })
  site(@Root() { siteId }: OrderEntity, @Ctx() ctx: RequestContext) {
    return siteId === null ? null : ctx.loaders.load(siteById, siteId);
  }

  @FieldResolver(() => [OrderItem], { description: 'What it asks for.' })
  items(@Root() { customerId, id }: OrderEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(itemsByOrder, { customerId, id });
  }

  @FieldResolver(() => [Device], {
    description: 'The devices that were assigned when it was processed, as they are now.',
  })
  devices(@Root() order: OrderEntity, @Ctx() ctx: RequestContext) {
    return this.service.devicesOf(ctx, order, ShipmentLeg.OUTBOUND);
  }

  @FieldResolver(() => [Device], {
    description: 'The devices to be sent back to a warehouse, as they are now.',
  })
  returnDevices(@Root() order: OrderEntity, @Ctx() ctx: RequestContext) {
    return this.service.devicesOf(ctx, order, ShipmentLeg.RETURN);
  }

  @FieldResolver(() => [OrderEvent], { description: 'Its steps so far, oldest first.' })
  events(@Root() { customerId, id }: OrderEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(eventsByOrder, { customerId, id });
  }
}

@Resolver(() => OrderItem)
export class OrderItemResolver {
  @FieldResolver(() => Item, { description: 'The item.' })
  item(@Root() { itemId }: OrderItemEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(itemById, itemId);
  }
}

@Resolver(() => OrderEvent)
export class OrderEventResolver {
  @FieldResolver(() => Actor, { description: 'Who did it.' })
  by(@Root() { byKind, byLabel }: OrderEventEntity, @Ctx() ctx: RequestContext) {
    return actorAsSeenBy(ctx, byKind, byLabel);
  }
}

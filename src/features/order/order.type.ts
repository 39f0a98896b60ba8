import { Field, Int, ObjectType } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { OrderKind, OrderStatus, ShipmentLeg } from './order-status';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderItemEntity } from './order-item.entity';
import type { OrderEntity, TrackingNumberValue } from './order.entity';

@ObjectType({ description: 'How many units of an item an order asks for.', simpleResolvers: true })
export class OrderItem implements Pick<OrderItemEntity, 'count'> {
  @Field(() => Int, { description: 'How many.' })
  count: number;
}

@ObjectType({ description: 'One step of an order.', simpleResolvers: true })
export class OrderEvent implements Pick<OrderEventEntity, 'status' | 'at' | 'note'> {
  @Field(() => OrderStatus, { description: 'What the order became.' })
  status: OrderStatus;

  @Field(() => DateTime, { description: 'When it became that.' })
  at: Date;

  @Field(() => String, { nullable: true, description: 'What the caller noted; null when nothing was.' })
  note: string | null;
}

@ObjectType({ description: 'Under which number a carrier follows a parcel.', simpleResolvers: true })
export class TrackingNumber implements TrackingNumberValue {
  @Field(() => String, { nullable: true, description: 'Who carries it; null when nobody said.' })
  carrier: string | null;

  @Field(() => String, { description: 'The number.' })
  value: string;

  @Field(() => ShipmentLeg, { description: 'Which way the parcel goes.' })
  leg: ShipmentLeg;
}

type Shown = 'kind' | 'currentStatus' | 'externalOrderId' | 'trackingNumbers' | 'note' | 'createdAt' | 'updatedAt';

@ObjectType({
  implements: Node,
  description: "Sends devices from the customer's stock in the warehouses to a patient or to a site.",
  simpleResolvers: true,
})
export class Order extends Node implements Pick<OrderEntity, Shown> {
  @DatabaseId() databaseId: string;

  @Field(() => OrderKind, { description: 'Why it was made.' })
  kind: OrderKind;

  @Field(() => OrderStatus, { description: 'How far it is.' })
  currentStatus: OrderStatus;

  @Field(() => String, { nullable: true, description: "The customer's own name for the order." })
  externalOrderId: string | null;

  @Field(() => Address, {
    nullable: true,
    description: "The recipient's address when the order was created; null when there was none.",
  })
  shipTo: Address | null;

  @Field(() => [TrackingNumber], { description: 'The numbers of its parcels.' })
  trackingNumbers: TrackingNumber[];

  @Field(() => String, { nullable: true, description: 'What was noted when it was created.' })
  note: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When it moved on last.' })
  updatedAt: Date;
}

export const OrderConnection = connectionType(Order, 'Order', 'orders');

import { nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { OrderKind, OrderStatus, ShipmentLeg } from './order-status';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderCountRow } from './order.list';
import type { OrderLineEntity } from './order-line.entity';
import type { OrderEntity, TrackingNumberValue } from './order.entity';

export const OrderLine = objectType<OrderLineEntity>(
  'OrderLine',
  'A line of an order: the units of one item that it asks for.',
  {
    quantity: required(Int, 'Number of units.'),
  },
);

export const OrderEvent = objectType<OrderEventEntity>('OrderEvent', 'One step of an order.', {
  status: required(OrderStatus, 'What the order became.'),
  occurredAt: required(DateTime, 'When the order became that.'),
  note: optional(String, 'What the caller noted; null when nothing was.'),
});

export const TrackingNumber = objectType<TrackingNumberValue>(
  'TrackingNumber',
  'Under which number a carrier follows a parcel.',
  {
    carrier: optional(String, 'Who carries it; null when nobody said.'),
    value: required(String, 'The number.'),
    leg: required(ShipmentLeg, 'Which way the parcel goes.'),
  },
);

export const Order = nodeType<OrderEntity>(
  'Order',
  "Sends devices from the customer's stock in the warehouses to a patient or to a site.",
  {
    kind: required(OrderKind, 'Why it was made.'),
    currentStatus: required(OrderStatus, 'How far it is.'),
    externalOrderId: optional(String, "The customer's own name for the order."),
    shipTo: optional(Address, "The recipient's address when the order was created; null when there was none."),
    trackingNumbers: required([TrackingNumber], 'The numbers of its parcels.'),
    note: optional(String, 'What was noted when it was created.'),
    createdAt: required(DateTime, 'When it was created.'),
    updatedAt: required(DateTime, 'When it moved on last.'),
  },
);

export const OrderCount = objectType<OrderCountRow>('OrderCount', 'How many orders have a status.', {
  status: required(OrderStatus, 'The status that is counted.'),
  count: required(Int, 'Number of orders in it; never 0.'),
});

export const OrderConnection = connectionType(Order, 'Order', 'orders');

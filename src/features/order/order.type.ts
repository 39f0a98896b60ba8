import { Int } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { interfaceType, nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { OrderKind, OrderStatus, ParcelDirection } from './order-status';
import type { OrderEventEntity, ParcelAddedRow, StatusChangeRow } from './order-event.entity';
import type { OrderCountRow } from './order.list';
import type { OrderLineEntity } from './order-line.entity';
import type { OrderEntity, ParcelValue } from './order.entity';

export const OrderLine = objectType<OrderLineEntity>(
  'OrderLine',
  'A line of an order: the units of one item that it asks for.',
  { quantity: required(Int, 'Number of units.') },
);

export const Parcel = objectType<ParcelValue>('Parcel', 'A parcel of an order, as a carrier follows it.', {
  carrier: optional(String, 'The carrier; null when it is not known.'),
  trackingNumber: required(String, "The carrier's number of the parcel."),
  trackingUrl: optional(String, 'The page where the parcel can be followed, always https; null when it was not given.'),
  direction: required(ParcelDirection, 'The way of the parcel.'),
});

export const OrderEvent = interfaceType<OrderEventEntity>(
  'OrderEvent',
  'What happened to an order. Each kind of event is a type of its own; more may be added.',
  {
    occurredAt: required(DateTime, 'When it happened.'),
    note: optional(String, 'The note of the caller; null when none was given.'),
  },
);

export const OrderStatusChange = nodeType<StatusChangeRow>(
  'OrderStatusChange',
  'The status of an order changed.',
  {
    previousStatus: optional(OrderStatus, 'The status before; null for the event that created the order.'),
    status: required(OrderStatus, 'The status after it.'),
  },
  OrderEvent,
);

export const OrderParcelAdded = nodeType<ParcelAddedRow>(
  'OrderParcelAdded',
  'A parcel was added to an order.',
  { parcel: required(Parcel, 'The parcel that was added.') },
  OrderEvent,
);

/** Nothing names them but the interface. */
export const ORDER_EVENT_TYPES = [OrderStatusChange, OrderParcelAdded];

export const Order = nodeType<OrderEntity>(
  'Order',
  "Sends devices from the customer's stock in the warehouses to a patient or to a site.",
  {
    kind: required(OrderKind, 'Why it was made.'),
    currentStatus: required(
      OrderStatus,
      'The step that the order has reached; `OrderStatus` says which ones may follow.',
    ),
    externalOrderId: optional(String, "The customer's own name for the order."),
    shipTo: optional(Address, "The recipient's address when the order was created; null when there was none."),
    parcels: required([Parcel], 'Its parcels in the order in which they were added, both ways; at most 1,000.'),
    version: required(Int, 'Raised by one with each change of the order; for `expectedVersion`.'),
    createdAt: required(DateTime, 'When it was created.'),
    updatedAt: required(DateTime, 'When it was changed last.'),
  },
);

export const OrderCount = objectType<OrderCountRow>('OrderCount', 'How many orders have a status.', {
  status: required(OrderStatus, 'The status that is counted.'),
  count: required(Int, 'Number of orders in it; never 0.'),
});

export const OrderConnection = connectionType(Order, 'Order', 'orders');
export const OrderEventConnection = connectionType(OrderEvent, 'OrderEvent', 'events');

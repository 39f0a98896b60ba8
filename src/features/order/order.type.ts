import { Int } from 'type-graphql';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { interfaceType, nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { ListLength } from '../../platform/operation/field-extensions';
import { OrderKind, OrderStatus, ParcelDirection } from './order-status';
import type { OrderEventEntity, ParcelAddedRow, StatusChangeRow } from './order-event.entity';
import type { OrderCountRow } from './order.list';
import type { OrderLineEntity } from './order-line.entity';
import type { OrderEntity, ParcelValue } from './order.entity';

export const OrderLine = objectType<OrderLineEntity>(
  'OrderLine',
  'A line of an order: a requested quantity of one item.',
  { quantity: required(Int, 'Number of requested units.') },
);

export const Parcel = objectType<ParcelValue>('Parcel', 'A parcel of an order, with its tracking number.', {
  carrier: optional(String, 'Name of the carrier. Null when it is unknown.'),
  trackingNumber: required(String, 'Tracking number from the carrier.'),
  trackingUrl: optional(String, 'Tracking page of the parcel, always an https URL. Null when none was given.', {
    weight: 'text',
  }),
  direction: required(ParcelDirection, 'Direction of the parcel.'),
});

// For the cost: an order can have 100 lines and 1,000 parcels, and nearly all orders have a few.
ListLength(10)(OrderLine);
ListLength(10)(Parcel);

export const OrderEvent = interfaceType<OrderEventEntity>(
  'OrderEvent',
  'An event of an order. Each kind of event is a type of its own. More types may be added.',
  {
    occurredAt: required(DateTime, 'Time of the event.'),
    note: optional(String, 'Note of the caller. Null when none was given.', { weight: 'text' }),
  },
);

export const OrderStatusChange = nodeType<StatusChangeRow>(
  'OrderStatusChange',
  'A change of the status of an order.',
  {
    previousStatus: optional(OrderStatus, 'Status before the change. Null for the event that created the order.'),
    status: required(OrderStatus, 'Status after the change.'),
  },
  OrderEvent,
);

export const OrderParcelAdded = nodeType<ParcelAddedRow>(
  'OrderParcelAdded',
  'The addition of a parcel to an order.',
  { parcel: required(Parcel, 'Parcel that was added.') },
  OrderEvent,
);

/** No field has one of these types, so the schema must be given them explicitly. */
export const ORDER_EVENT_TYPES = [OrderStatusChange, OrderParcelAdded];

export const Order = nodeType<OrderEntity>(
  'Order',
  "An order: a request to send devices from the customer's stock to one patient or one site.",
  {
    kind: required(OrderKind, 'Kind of the order.'),
    currentStatus: required(OrderStatus, 'Current status of the order. `OrderStatus` says which statuses may follow.'),
    externalOrderId: optional(String, "The customer's own identifier of the order. Null when none was given."),
    shipTo: optional(Address, 'Address of the recipient when the order was created. Null when there was none.'),
    parcels: required(
      [Parcel],
      'Parcels of the order in both directions, in the order in which they were added. At most 1,000.',
    ),
    version: required(
      Int,
      'Version of the order. Each change increments it by one. Pass it as `expectedVersion` to change the order only if it is still in the state that you read.',
    ),
    createdAt: required(DateTime, 'Time at which the order was created.'),
    updatedAt: required(DateTime, 'Time of the latest change.'),
  },
);

export const OrderCount = objectType<OrderCountRow>('OrderCount', 'Number of orders in one status.', {
  status: required(OrderStatus, 'Status that is counted.'),
  count: required(Int, 'Number of orders, at least 1.'),
});

ListLength(Object.keys(OrderStatus).length)(OrderCount);

export const OrderConnection = connectionType(Order, 'Order', 'orders');
export const OrderEventConnection = connectionType(OrderEvent, 'OrderEvent', 'events');

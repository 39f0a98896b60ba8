import { inputType, optional, required } from '../../platform/graphql/types';
import { ID, Int } from 'type-graphql';
import { customerIdField } from '../customer/customer.input';
import { DEVICE_REFERENCE } from '../device/device-operation.input';
import { OrderStatus, ReturnOutcome, ShipmentLeg } from './order-status';

const NOTE = optional(String, 'A note that is kept with the step; up to 2000 characters.');

export const OrderLineInput = inputType('OrderLineInput', 'A line of a new order: units of one item.', {
  itemId: required(ID, 'The item; each stands in an order once.'),
  quantity: required(Int, 'Number of units: 1 to 10,000.'),
});
export type OrderLineInput = InstanceType<typeof OrderLineInput>;

export const CreateOrderInput = inputType(
  'CreateOrderInput',
  'A new order, to a patient or to a site: exactly one of the two.',
  {
    customerId: customerIdField('Whose order; `patientId` tells it too.'),
    patientId: optional(ID, 'To which patient: the global id or the databaseId.'),
    patientExternalIdentifier: optional(
      String,
      "To which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
    ),
    siteId: optional(ID, 'To which site: an active one of the customer.'),
    lines: required([OrderLineInput], 'What to send: 1 to 100 lines, each of another item.'),
    externalOrderId: optional(
      String,
      "The customer's own name for the order; up to 200 characters, need not be unique.",
    ),
    note: NOTE,
  },
);
export type CreateOrderInput = InstanceType<typeof CreateOrderInput>;

export const ProcessOrderInput = inputType(
  'ProcessOrderInput',
  'Assigns devices of the stock to an order, all of them or none.',
  {
    orderId: required(ID, 'Which order: one that is CREATED.'),
    deviceIdentifiers: optional(
      [String],
      'Which devices, by any of their identifiers: AVAILABLE ones, as many of each item as the order asks for. The oldest of the stock when absent.',
    ),
    note: NOTE,
  },
);
export type ProcessOrderInput = InstanceType<typeof ProcessOrderInput>;

export const TrackingNumberInput = inputType('TrackingNumberInput', 'Under which number a carrier follows a parcel.', {
  carrier: optional(String, 'Who carries it; up to 100 characters.'),
  value: required(String, 'The number; 1 to 100 characters.'),
  leg: optional(ShipmentLeg, 'Which way the parcel goes; OUTBOUND when absent.'),
});
export type TrackingNumberInput = InstanceType<typeof TrackingNumberInput>;

export const UpdateOrderStatusInput = inputType('UpdateOrderStatusInput', 'Moves an order on after its processing.', {
  orderId: required(ID, 'Which order: its global id or its databaseId.'),
  status: required(
    OrderStatus,
    'SHIPPED after PROCESSED; AVAILABLE_FOR_PICKUP after SHIPPED; DELIVERED after either of the two.',
  ),
  trackingNumbers: optional([TrackingNumberInput], 'Added to the numbers that are there.'),
  note: NOTE,
});
export type UpdateOrderStatusInput = InstanceType<typeof UpdateOrderStatusInput>;

export const CancelOrderInput = inputType('CancelOrderInput', 'Calls off an order that was not shipped.', {
  orderId: required(ID, 'Which order: one that is CREATED or PROCESSED.'),
  note: NOTE,
});
export type CancelOrderInput = InstanceType<typeof CancelOrderInput>;

export const ReplaceDeviceInput = inputType(
  'ReplaceDeviceInput',
  'Exchanges a defective device for another one of its item.',
  {
    deviceId: optional(ID, 'Which device is defective: its global id or its databaseId.'),
    deviceIdentifier: optional(
      String,
      'Which device is defective: any of its identifiers. Given together with deviceId, both must mean the same device.',
    ),
    note: NOTE,
    expectedVersion: optional(
      Int,
      "Refuse the exchange when this is not the device's version any more (STALE_VERSION).",
    ),
  },
);
export type ReplaceDeviceInput = InstanceType<typeof ReplaceDeviceInput>;

export const ReceiveReturnInput = inputType('ReceiveReturnInput', 'Notes that a device has arrived in a warehouse.', {
  ...DEVICE_REFERENCE,
  siteId: required(ID, 'In which warehouse.'),
  outcome: required(ReturnOutcome, 'What becomes of it.'),
  note: NOTE,
});
export type ReceiveReturnInput = InstanceType<typeof ReceiveReturnInput>;

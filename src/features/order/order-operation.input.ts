import { defaulted, inputType, optional, required } from '../../platform/graphql/types';
import { ID, Int } from 'type-graphql';

import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { defineLimit } from '../../platform/base/limit';
import { DEVICE_FIELDS, DEVICE_REFERENCE } from '../device/device-operation.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { ParcelDirection, ReturnOutcome } from './order-status';

export const MAX_LINES = defineLimit('lines per order', {
  value: 100,
  unit: 'lines',
  description: 'More is INVALID_INPUT.',
});
export const MAX_PARCELS = defineLimit('parcels per order', {
  value: 1_000,
  unit: 'parcels',
  description: 'In both directions together. More is INVALID_INPUT.',
});
const MAX_NAMED_DEVICES = defineLimit('device identifiers of processOrder', {
  value: 2_000,
  unit: 'identifiers',
  description: 'More is INVALID_INPUT. An order of more devices is processed without `deviceIdentifiers`.',
});

const NOTE = optional(String, 'Note that is stored with the event, at most 2,000 characters.');

export const OrderLineInput = inputType('OrderLineInput', 'A line of a new order: a quantity of one item.', {
  itemId: required(ID, 'Item, by global id or `databaseId`. An order has at most one line per item.'),
  quantity: required(Int, 'Number of units, 1 to 10,000.'),
});
export type OrderLineInput = InstanceType<typeof OrderLineInput>;

export const CreateOrderInput = inputType('CreateOrderInput', 'A new order, for exactly one patient or one site.', {
  customerId: optional(
    ID,
    'Customer of the order. Required for operators, unless `patientId` is given. Other callers can omit it or pass their own customer.',
  ),
  ...PATIENT_REFERENCE,
  siteId: optional(
    ID,
    'Site that receives the order, by global id or `databaseId`. It must be an active site of the customer.',
  ),
  lines: required([OrderLineInput], `Items to send: 1 to ${MAX_LINES} lines, each with a different item.`, {
    limit: 'lines per order',
  }),
  externalOrderId: optional(
    String,
    "The customer's own identifier of the order, at most 200 characters. Unique within the customer, so a repeated call returns the existing order.",
  ),
  note: NOTE,
});
export type CreateOrderInput = InstanceType<typeof CreateOrderInput>;

/** Fields of the input of every operation on one order. */
const ORDER_FIELDS = {
  orderId: required(ID, 'Order, by global id or `databaseId`.'),
  note: NOTE,
  expectedVersion: expectedVersionField('order'),
};

export const ProcessOrderInput = inputType('ProcessOrderInput', 'Order to process, and the devices to assign.', {
  ...ORDER_FIELDS,
  deviceIdentifiers: optional(
    [String],
    `Devices to assign, each by any of its identifiers. They must be \`AVAILABLE\` and match the items and quantities of the order. At most ${MAX_NAMED_DEVICES.toLocaleString('en-US')}. The oldest devices in stock are assigned when omitted.`,
    { limit: 'device identifiers of processOrder' },
  ),
});
export type ProcessOrderInput = InstanceType<typeof ProcessOrderInput>;

export const ParcelInput = inputType('ParcelInput', 'A parcel of an order, with its tracking number.', {
  carrier: optional(String, 'Name of the carrier, at most 100 characters.'),
  trackingNumber: required(String, 'Tracking number from the carrier, 1 to 100 characters.'),
  trackingUrl: optional(String, 'Tracking page of the parcel: an https URL of at most 2,000 characters.'),
  direction: defaulted(ParcelDirection, ParcelDirection.OUTBOUND, 'Direction of the parcel.'),
});
export type ParcelInput = InstanceType<typeof ParcelInput>;

export const ShipOrderInput = inputType('ShipOrderInput', 'Order that was shipped, and its parcels.', {
  ...ORDER_FIELDS,
  parcels: optional(
    [ParcelInput],
    'Parcels to add to the order. A parcel with the tracking number and direction of an existing parcel is not added again. An order has at most 1,000 parcels.',
    { limit: 'parcels per order' },
  ),
});
export type ShipOrderInput = InstanceType<typeof ShipOrderInput>;

export const MarkOrderReadyForPickupInput = inputType(
  'MarkOrderReadyForPickupInput',
  'Order that is ready for pickup.',
  ORDER_FIELDS,
);
export type MarkOrderReadyForPickupInput = InstanceType<typeof MarkOrderReadyForPickupInput>;

export const DeliverOrderInput = inputType('DeliverOrderInput', 'Order that was delivered.', ORDER_FIELDS);
export type DeliverOrderInput = InstanceType<typeof DeliverOrderInput>;

export const CancelOrderInput = inputType(
  'CancelOrderInput',
  'Order to cancel. It must be `CREATED` or `PROCESSED`.',
  ORDER_FIELDS,
);
export type CancelOrderInput = InstanceType<typeof CancelOrderInput>;

export const ReplaceDeviceInput = inputType('ReplaceDeviceInput', 'Defective device to replace.', DEVICE_FIELDS);
export type ReplaceDeviceInput = InstanceType<typeof ReplaceDeviceInput>;

export const CancelReturnInput = inputType(
  'CancelReturnInput',
  'Device that does not come back, and the patient or the site where it is: exactly one of them.',
  {
    ...DEVICE_REFERENCE,
    ...PATIENT_REFERENCE,
    siteId: optional(
      ID,
      'Site where the device is, by global id or `databaseId`. It must be an active site of the customer.',
    ),
    reason: required(
      String,
      'Why the device does not come back, 1 to 2,000 characters. Stored as the note of the change.',
    ),
    expectedVersion: expectedVersionField('device'),
  },
);
export type CancelReturnInput = InstanceType<typeof CancelReturnInput>;

export const ReceiveReturnInput = inputType('ReceiveReturnInput', 'Device that is in a warehouse, and the outcome.', {
  ...DEVICE_FIELDS,
  siteId: required(ID, 'Warehouse where the device is, by global id or `databaseId`.'),
  outcome: required(ReturnOutcome, 'What happens to the device.'),
});
export type ReceiveReturnInput = InstanceType<typeof ReceiveReturnInput>;

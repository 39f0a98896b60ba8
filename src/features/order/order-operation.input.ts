import { defaulted, inputType, optional, required } from '../../platform/graphql/types';
import { ID, Int } from 'type-graphql';
import { customerIdField } from '../customer/customer.input';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { DEVICE_FIELDS } from '../device/device-operation.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { ParcelDirection, ReturnOutcome } from './order-status';

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
    ...PATIENT_REFERENCE,
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

/** What each operation on one order takes. */
const ORDER_MEMBERS = {
  orderId: required(ID, 'The order: its global id or its databaseId.'),
  note: NOTE,
  expectedVersion: expectedVersionField('order'),
};

export const ProcessOrderInput = inputType(
  'ProcessOrderInput',
  'Assigns devices of the stock to an order that is CREATED, all of them or none.',
  {
    ...ORDER_MEMBERS,
    deviceIdentifiers: optional(
      [String],
      'Which devices, by any of their identifiers: AVAILABLE ones, as many of each item as the order asks for. The oldest of the stock when absent.',
    ),
  },
);
export type ProcessOrderInput = InstanceType<typeof ProcessOrderInput>;

export const ParcelInput = inputType('ParcelInput', 'A parcel of an order, as a carrier follows it.', {
  carrier: optional(String, 'The carrier; up to 100 characters.'),
  trackingNumber: required(String, "The carrier's number of the parcel; 1 to 100 characters."),
  trackingUrl: optional(
    String,
    'The page where the parcel can be followed: an https address of up to 2000 characters.',
  ),
  direction: defaulted(ParcelDirection, ParcelDirection.OUTBOUND, 'The way of the parcel.'),
});
export type ParcelInput = InstanceType<typeof ParcelInput>;

export const ShipOrderInput = inputType('ShipOrderInput', 'Ships an order, or adds parcels to one that was shipped.', {
  ...ORDER_MEMBERS,
  parcels: optional(
    [ParcelInput],
    'Parcels that are added to those of the order: 1,000 in all. One with the tracking number and direction of another is that one, and is not added again.',
  ),
});
export type ShipOrderInput = InstanceType<typeof ShipOrderInput>;

export const MarkOrderReadyForPickupInput = inputType(
  'MarkOrderReadyForPickupInput',
  'Says that a shipped order waits where the recipient can fetch it.',
  ORDER_MEMBERS,
);
export type MarkOrderReadyForPickupInput = InstanceType<typeof MarkOrderReadyForPickupInput>;

export const DeliverOrderInput = inputType('DeliverOrderInput', 'Says that an order has arrived.', ORDER_MEMBERS);
export type DeliverOrderInput = InstanceType<typeof DeliverOrderInput>;

export const CancelOrderInput = inputType(
  'CancelOrderInput',
  'Calls off an order that is CREATED or PROCESSED.',
  ORDER_MEMBERS,
);
export type CancelOrderInput = InstanceType<typeof CancelOrderInput>;

export const ReplaceDeviceInput = inputType(
  'ReplaceDeviceInput',
  'Exchanges the device, a defective one, for another one of its item.',
  DEVICE_FIELDS,
);
export type ReplaceDeviceInput = InstanceType<typeof ReplaceDeviceInput>;

export const ReceiveReturnInput = inputType('ReceiveReturnInput', 'Notes that a device has arrived in a warehouse.', {
  ...DEVICE_FIELDS,
  siteId: required(ID, 'In which warehouse.'),
  outcome: required(ReturnOutcome, 'What becomes of it.'),
});
export type ReceiveReturnInput = InstanceType<typeof ReceiveReturnInput>;

import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { CHANGED_DEVICE } from '../device/device-payload';
import { Device, DeviceAssociation } from '../device/device.type';
import { cancelOrder } from './cancel-order';
import { cancelReturn } from './cancel-return';
import { createOrder } from './create-order';
import { deliverOrder } from './deliver-order';
import { markOrderReadyForPickup } from './mark-order-ready-for-pickup';
import {
  CancelOrderInput,
  CancelReturnInput,
  CreateOrderInput,
  DeliverOrderInput,
  MarkOrderReadyForPickupInput,
  ProcessOrderInput,
  ReceiveReturnInput,
  ReplaceDeviceInput,
  ShipOrderInput,
} from './order-operation.input';
import { Order } from './order.type';
import { processOrder } from './process-order';
import { receiveReturn } from './receive-return';
import { replaceDevice } from './replace-device';
import { shipOrder } from './ship-order';

const ORDER = { order: [Order, 'The order in its current state. Null when the mutation was refused.'] } as const;
const CHANGED_ORDER = {
  order: [
    Order,
    'The order in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
  ],
} as const;

export const OrderMutations = mutationResolver(
  mutation(createOrder, {
    description:
      'Orders devices for a patient or a site. No device leaves the stock until the order is processed. With an `externalOrderId`, a repeated call returns the existing order. Without one, it creates another order.',
    input: [CreateOrderInput, 'Order to create.'],
    payload: ORDER,
  }),
  mutation(processOrder, {
    description:
      'Assigns devices from stock to a `CREATED` order, all of them or none. The devices become `IN_TRANSIT`. For operators. Safe to repeat with the same devices, or without naming them.',
    input: [ProcessOrderInput, 'Order to process, and the devices to assign.'],
    payload: CHANGED_ORDER,
  }),
  mutation(shipOrder, {
    description:
      'Records that a `PROCESSED` order was shipped, with its parcels. Adds new parcels to an order that was already shipped, even after delivery. For operators. Safe to repeat.',
    input: [ShipOrderInput, 'Order that was shipped, and its parcels.'],
    payload: CHANGED_ORDER,
  }),
  mutation(markOrderReadyForPickup, {
    description:
      'Records that a `SHIPPED` order is ready for pickup. The order becomes `AVAILABLE_FOR_PICKUP`. For operators. Safe to repeat.',
    input: [MarkOrderReadyForPickupInput, 'Order that is ready for pickup.'],
    payload: CHANGED_ORDER,
  }),
  mutation(deliverOrder, {
    description:
      'Records that a `SHIPPED` or `AVAILABLE_FOR_PICKUP` order was delivered. Its devices that are `IN_TRANSIT` become `WITH_PATIENT` or `AVAILABLE_AT_SITE`. For operators. Safe to repeat.',
    input: [DeliverOrderInput, 'Order that was delivered.'],
    payload: CHANGED_ORDER,
  }),
  mutation(cancelOrder, {
    description:
      'Cancels an order that was not shipped. Its devices go back to the warehouses that they came from. Safe to repeat.',
    input: [CancelOrderInput, 'Order to cancel.'],
    payload: CHANGED_ORDER,
  }),
  mutation(replaceDevice, {
    description:
      'Replaces a defective device: it is sent back, and another device of the same item is sent to the same patient or site. Safe to repeat while the defective device is on its return leg and the other one is with the recipient or on its way there.',
    input: [ReplaceDeviceInput, 'Defective device to replace.'],
    payload: {
      ...ORDER,
      defectiveDevice: [
        Device,
        'The device that is sent back. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
      ],
      replacementDevice: [Device, 'The device that is sent instead. Null when the mutation was refused.'],
    },
  }),
  mutation(cancelReturn, {
    description:
      'Records that a device does not come back: it is with a patient or at a site of its customer. Ends its return leg. `DECOMMISSIONED` and `LOST` stay. The replacement stays as it is. Safe to repeat.',
    input: [CancelReturnInput, 'Device, where it is, and the reason.'],
    payload: {
      ...CHANGED_DEVICE,
      association: [
        DeviceAssociation,
        'Open association of the patient with the device. Null when the change was refused, or when the device is at a site.',
      ],
    },
  }),
  mutation(receiveReturn, {
    description:
      'Records that a device is in a warehouse, whatever its status. Ends its association and its return leg, and removes it from its open order. For operators. Safe to repeat.',
    input: [ReceiveReturnInput, 'Device, its warehouse and the outcome.'],
    payload: CHANGED_DEVICE,
  }),
);

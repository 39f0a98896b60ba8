import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { Device, DeviceStatusChange } from '../device/device.type';
import { cancelOrder } from './cancel-order';
import { createOrder } from './create-order';
import { deliverOrder } from './deliver-order';
import { markOrderReadyForPickup } from './mark-order-ready-for-pickup';
import {
  CancelOrderInput,
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

const ORDER = { order: [Order, 'The order as it is now; null when it was refused.'] } as const;
const CHANGED_ORDER = {
  order: [Order, 'The order as it is now, also after STALE_VERSION; null when it was refused for anything else.'],
} as const;

export const OrderMutations = mutationResolver(
  mutation(createOrder, {
    description: 'Orders devices for a patient or a site. Nothing leaves the stock until the order is processed.',
    input: [CreateOrderInput, 'What, and to whom.'],
    payload: ORDER,
  }),
  mutation(processOrder, {
    description:
      'Assigns devices of the stock to an order, all of them or none; they become IN_TRANSIT. For operators.',
    input: [ProcessOrderInput, 'Which order, which devices.'],
    payload: CHANGED_ORDER,
  }),
  mutation(shipOrder, {
    description:
      'Says that a PROCESSED order was shipped, with its parcels. For an order that was shipped already, it adds the parcels that are new, also after the delivery; each is an event of the order. For operators. Safe to repeat.',
    input: [ShipOrderInput, 'The order and its parcels.'],
    payload: CHANGED_ORDER,
  }),
  mutation(markOrderReadyForPickup, {
    description:
      'Says that a SHIPPED order waits where the recipient can fetch it: AVAILABLE_FOR_PICKUP. For operators. Safe to repeat.',
    input: [MarkOrderReadyForPickupInput, 'The order.'],
    payload: CHANGED_ORDER,
  }),
  mutation(deliverOrder, {
    description:
      'Says that a SHIPPED or AVAILABLE_FOR_PICKUP order was delivered: its devices become WITH_PATIENT or AVAILABLE_AT_SITE. For operators. Safe to repeat.',
    input: [DeliverOrderInput, 'The order.'],
    payload: CHANGED_ORDER,
  }),
  mutation(cancelOrder, {
    description:
      'Calls off an order that was not shipped; its devices go back to the warehouses that they came from. Safe to repeat.',
    input: [CancelOrderInput, 'Which order.'],
    payload: CHANGED_ORDER,
  }),
  mutation(replaceDevice, {
    description:
      'Sends a defective device back and another one of its item to the same patient or site, in one step. Safe to repeat while it is on its way back.',
    input: [ReplaceDeviceInput, 'Which device is defective.'],
    payload: {
      ...ORDER,
      defectiveDevice: [
        Device,
        'The device that goes back, also after STALE_VERSION; null when it was refused for anything else.',
      ],
      replacementDevice: [Device, 'The device that is sent instead; null when it was refused.'],
    },
  }),
  mutation(receiveReturn, {
    description:
      'Notes that a device has arrived in a warehouse, whatever it was before: its association, its order and its return end. For operators. Safe to repeat.',
    input: [ReceiveReturnInput, 'Which device, where, and what becomes of it.'],
    payload: {
      device: [
        Device,
        'The device as it is now, also after STALE_VERSION; null when it was refused for anything else.',
      ],
      statusChange: [
        DeviceStatusChange,
        'What changed; null when it was refused, or when the device was like that already.',
      ],
    },
  }),
);

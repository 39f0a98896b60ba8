import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { Device, DeviceStatusChange } from '../device/device.type';
import { cancelOrder } from './cancel-order';
import { createOrder } from './create-order';
import {
  CancelOrderInput,
  CreateOrderInput,
  ProcessOrderInput,
  ReceiveReturnInput,
  ReplaceDeviceInput,
  UpdateOrderStatusInput,
} from './order-operation.input';
import { Order } from './order.type';
import { processOrder } from './process-order';
import { receiveReturn } from './receive-return';
import { replaceDevice } from './replace-device';
import { updateOrderStatus } from './update-order-status';

const ORDER = { order: [Order, 'The order as it is now; null when it was refused.'] } as const;

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
    payload: ORDER,
  }),
  mutation(updateOrderStatus, {
    description:
      'Says that an order was shipped, waits for pick-up or was delivered. For operators. Safe to repeat; delivered devices become WITH_PATIENT or AVAILABLE_AT_SITE.',
    input: [UpdateOrderStatusInput, 'Which order, which status.'],
    payload: ORDER,
  }),
  mutation(cancelOrder, {
    description:
      'Calls off an order that was not shipped; its devices go back to the warehouses that they came from. Safe to repeat.',
    input: [CancelOrderInput, 'Which order.'],
    payload: ORDER,
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

import { causeOf, useCase } from '../../platform/operation/use-case';
import { DeviceStatusChangeReason } from '../device/device-status';
import type { DeliverOrderInput } from './order-operation.input';
import { delivered } from './order-rules';
import { OrderStatus, ParcelDirection } from './order-status';
import { changeDevicesOfOrder, lockOrderFor, moveOrder, ORDER_OPERATION } from './order-step';
import { lockDevicesOfOrder } from './order.repository';

/**
 * Records that an order was delivered. For operators. Its devices leave the order, and those that are IN_TRANSIT arrive. A
 * repeated call changes nothing.
 */
export const deliverOrder = useCase(
  { ...ORDER_OPERATION, name: 'deliverOrder', action: 'order:process' },
  async (ctx, tx, input: DeliverOrderInput) => {
    const order = await lockOrderFor(tx, OrderStatus.DELIVERED, input);
    if (order.currentStatus === OrderStatus.DELIVERED) return { order };
    const cause = causeOf(ctx, input);
    const devices = await lockDevicesOfOrder(tx, order, ParcelDirection.OUTBOUND);
    const changes = devices.map((device) => ({ device, next: delivered(device, order) }));
    await changeDevicesOfOrder(tx, order, changes, DeviceStatusChangeReason.ORDER_DELIVERED, cause);
    return { order: await moveOrder(tx, order, OrderStatus.DELIVERED, cause) };
  },
);

import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { leaveOrders } from '../device/device-change';
import { DeviceStatusChangeReason } from '../device/device-status';
import type { CancelOrderInput } from './order-operation.input';
import { recalled } from './order-rules';
import { OrderStatus, ParcelDirection } from './order-status';
import { changeDevicesOfOrder, lockOrderFor, moveOrder, ORDER_OPERATION } from './order-step';
import { lockDevicesOfOrder } from './order.repository';

/**
 * Cancels an order that was not shipped. Its devices go back to their warehouses. The return leg of a replacement is closed,
 * and the defective device stays as it is. A repeated call changes nothing.
 */
export const cancelOrder = useCase(
  { ...ORDER_OPERATION, name: 'cancelOrder', action: 'order:create' },
  async (ctx, tx, input: CancelOrderInput) => {
    const order = await lockOrderFor(tx, OrderStatus.CANCELLED, input);
    if (order.currentStatus === OrderStatus.CANCELLED) return { order };
    const cause = causeOf(ctx, input);
    const devices = await lockDevicesOfOrder(tx, order, ParcelDirection.OUTBOUND, ParcelDirection.RETURN);
    const of = (one: ParcelDirection) => devices.filter(({ leg }) => leg === one);
    const changes = of(ParcelDirection.OUTBOUND).map(({ warehouseId, leg: _, ...device }) => ({
      device,
      next: recalled(device, { customerId: IMPILO_CUSTOMER_ID, id: warehouseId! }),
    }));
    await changeDevicesOfOrder(tx, order, changes, DeviceStatusChangeReason.ORDER_CANCELLED, cause);
    await leaveOrders(tx, of(ParcelDirection.RETURN), 'return_order');
    return { order: await moveOrder(tx, order, OrderStatus.CANCELLED, cause) };
  },
);

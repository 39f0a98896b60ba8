import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { leaveOrders } from '../device/device-change';
import { DeviceStatusChangeReason } from '../device/device-status';
import type { CancelOrderInput } from './order-operation.input';
import { lockNamed } from '../../platform/list/named-row';
import { ORDERS } from './order.list';
import { recalled } from './order-rules';
import { assertFollows, OrderStatus, ShipmentLeg } from './order-status';
import { changeDevicesOfOrder, recordSteps, ORDER_OPERATION } from './order-step';
import { changeOrder, lockDevicesOfOrder } from './order.repository';

/**
 * Cancels an order that was not shipped. Its devices go back to the warehouses that they came from; of a replacement, the
 * defective device stays as it is and is not expected back any more. Repeating it changes nothing.
 */
export const cancelOrder = useCase(
  { ...ORDER_OPERATION, name: 'cancelOrder', action: 'order:create' },
  async (ctx, tx, input: CancelOrderInput) => {
    const order = await lockNamed(tx, ORDERS, 'order', input.orderId);
    if (order.currentStatus === OrderStatus.CANCELLED) return { order };
    assertFollows(order.currentStatus, OrderStatus.CANCELLED);
    const cause = causeOf(ctx, input);
    const devices = await lockDevicesOfOrder(tx, order, ShipmentLeg.OUTBOUND);
    const changes = devices.map(({ warehouseId, ...device }) => ({
      device,
      next: recalled(device, { customerId: IMPILO_CUSTOMER_ID, id: warehouseId! }),
    }));
    await changeDevicesOfOrder(tx, changes, DeviceStatusChangeReason.ORDER_CANCELLED, cause);
    await leaveOrders(tx, await lockDevicesOfOrder(tx, order, ShipmentLeg.RETURN), 'return_order');
    const cancelled = await changeOrder(tx, order, { currentStatus: OrderStatus.CANCELLED });
    await recordSteps(tx, cancelled, [OrderStatus.CANCELLED], cause);
    return { order: cancelled };
  },
);

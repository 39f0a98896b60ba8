import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import type { ShipOrderInput } from './order-operation.input';
import { assertFollows, hasLeft, OrderStatus } from './order-status';
import { lockOrder, ORDER_OPERATION, recordEvents, parcelAdded, statusChanged } from './order-step';
import { changeOrder, holdDevicesOfOrder } from './order.repository';
import { newParcels, parcelsRule } from './parcels';

/**
 * Ships an order with its parcels. For operators. Adds new parcels to an order that was already shipped, in any later status,
 * because the number of a return parcel is known last. A repeated call changes nothing.
 */
export const shipOrder = useCase(
  {
    ...ORDER_OPERATION,
    name: 'shipOrder',
    action: 'order:process',
    input: { ...ORDER_OPERATION.input, parcels: parcelsRule },
  },
  async (ctx, tx, input: ShipOrderInput) => {
    const order = await lockOrder(tx, input.orderId);
    const isShipped = hasLeft(order.currentStatus);
    const added = newParcels(order.parcels, input.parcels ?? []);
    if (isShipped && added.length === 0) return { order };
    assertVersion(order, input.expectedVersion, 'order');
    if (!isShipped) assertFollows(order.currentStatus, OrderStatus.SHIPPED);
    if (!isShipped) await holdDevicesOfOrder(tx, order);
    const shipped = await changeOrder(tx, order, {
      currentStatus: isShipped ? order.currentStatus : OrderStatus.SHIPPED,
      parcels: [...order.parcels, ...added],
    });
    const step = isShipped ? [] : [statusChanged(order.currentStatus, OrderStatus.SHIPPED)];
    await recordEvents(tx, shipped, [...step, ...added.map(parcelAdded)], causeOf(ctx, input));
    return { order: shipped };
  },
);

import { causeOf, useCase } from '../../platform/operation/use-case';
import type { MarkOrderReadyForPickupInput } from './order-operation.input';
import { OrderStatus } from './order-status';
import { lockOrderFor, moveOrder, ORDER_OPERATION } from './order-step';

/** Records that a shipped order is ready for pickup. For operators. A repeated call changes nothing. */
export const markOrderReadyForPickup = useCase(
  { ...ORDER_OPERATION, name: 'markOrderReadyForPickup', action: 'order:process' },
  async (ctx, tx, input: MarkOrderReadyForPickupInput) => {
    const order = await lockOrderFor(tx, OrderStatus.AVAILABLE_FOR_PICKUP, input);
    if (order.currentStatus === OrderStatus.AVAILABLE_FOR_PICKUP) return { order };
    return { order: await moveOrder(tx, order, OrderStatus.AVAILABLE_FOR_PICKUP, causeOf(ctx, input)) };
  },
);

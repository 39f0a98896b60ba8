import { z } from 'zod';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { leaveOrders } from '../device/device-change';
import { StatusChangeReason } from '../device/device-status';
import type { RequestContext } from '../../platform/operation/request-context';
import { DomainError } from '../../platform/base/errors';
import { checkInput, line, noteRule, optionalLine } from '../../platform/operation/input-rules';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { lockNamedOrder } from './order-reference';
import { delivered, recalled } from './order-rules';
import { assertFollows, OrderStatus, SETTABLE_STATUSES, ShipmentLeg } from './order-status';
import { changeDevicesOfOrder, recordSteps } from './order-step';
import { changeOrder } from './order-writing.repository';
import { lockDevicesOfOrder } from './order.repository';
import type { OrderEntity, TrackingNumberValue } from './order.entity';
import { defineLimit } from '../../platform/base/limit';

export interface UpdateOrderStatus {
  orderId: string;
  status: OrderStatus;
  trackingNumbers?: { carrier?: string | null; value: string; leg?: ShipmentLeg | null }[] | null;
  note?: string | null;
}

export interface CancelOrder {
  orderId: string;
  note?: string | null;
}

const MAX_TRACKING_NUMBERS = defineLimit('tracking numbers of a call', {
  value: 1_000,
  unit: 'tracking numbers',
  description: 'Of `updateOrderStatus`; more is INVALID_INPUT.',
});

const RULES = z.object({
  note: noteRule,
  trackingNumbers: z
    .array(z.object({ carrier: optionalLine(100), value: line(100), leg: z.enum(ShipmentLeg).nullish() }))
    .max(MAX_TRACKING_NUMBERS, `must have at most ${MAX_TRACKING_NUMBERS}`)
    .nullish(),
});

/** What happens to an order after its processing. */
export class OrderProgressService {
  /**
   * Says that an order was shipped, waits for pick-up or was delivered; for operators. Tracking numbers are added to those
   * that are there. Repeating it changes nothing.
   *
   * @throws DomainError INVALID_INPUT, ORDER_NOT_FOUND, ORDER_STATUS_NOT_ALLOWED
   */
  async updateStatus(ctx: RequestContext, request: UpdateOrderStatus): Promise<OrderEntity> {
    ctx.authorize('order:process');
    const { note, trackingNumbers } = checkInput(RULES, {
      note: request.note,
      trackingNumbers: request.trackingNumbers,
    });
    const { status } = request;
    return ctx.transact(async (tx) => {
      const order = await lockNamedOrder(tx, request.orderId);
      const tracking = addTracking(order.trackingNumbers, trackingNumbers ?? []);
      if (status === order.currentStatus) {
        const isNew = tracking.length > order.trackingNumbers.length;
        return isNew ? changeOrder(tx, order, { currentStatus: status, trackingNumbers: tracking }) : order;
      }
      assertSettable(status);
      assertFollows(order.currentStatus, status, ['input', 'status']);
      const cause = { note: note ?? null, actor: ctx.caller.actor };
      if (status === OrderStatus.DELIVERED) {
        const devices = await lockDevicesOfOrder(tx, order, ShipmentLeg.OUTBOUND);
        const changes = devices.map((device) => ({ device, next: delivered(device, order) }));
        await changeDevicesOfOrder(tx, changes, StatusChangeReason.ORDER_DELIVERED, cause);
      }
      const changed = await changeOrder(tx, order, { currentStatus: status, trackingNumbers: tracking });
      await recordSteps(tx, changed, [status], cause);
      return changed;
    });
  }

  /**
   * Cancels an order that was not shipped. Its devices go back to the warehouses that they came from; of a replacement, the
   * defective device stays as it is and is not expected back any more. Repeating it changes nothing.
   *
   * @throws DomainError INVALID_INPUT, ORDER_NOT_FOUND, ORDER_STATUS_NOT_ALLOWED
   */
  async cancel(ctx: RequestContext, request: CancelOrder): Promise<OrderEntity> {
    ctx.authorize('order:create');
    const { note } = checkInput(RULES.pick({ note: true }), { note: request.note });
    return ctx.transact(async (tx) => {
      const order = await lockNamedOrder(tx, request.orderId);
      if (order.currentStatus === OrderStatus.CANCELLED) return order;
      assertFollows(order.currentStatus, OrderStatus.CANCELLED, ['input', 'orderId']);
      const cause = { note: note ?? null, actor: ctx.caller.actor };
      const devices = await lockDevicesOfOrder(tx, order, ShipmentLeg.OUTBOUND);
      const changes = devices.map(({ warehouseId, ...device }) => ({
        device,
        next: recalled(device, { customerId: IMPILO_CUSTOMER_ID, id: warehouseId! }),
      }));
      await changeDevicesOfOrder(tx, changes, StatusChangeReason.ORDER_CANCELLED, cause);
      await leaveOrders(tx, await lockDevicesOfOrder(tx, order, ShipmentLeg.RETURN), 'return_order');
      const cancelled = await changeOrder(tx, order, { currentStatus: OrderStatus.CANCELLED });
      await recordSteps(tx, cancelled, [OrderStatus.CANCELLED], cause);
      return cancelled;
    });
  }
}

function assertSettable(status: OrderStatus): void {
  if (SETTABLE_STATUSES.includes(status)) return;
  const instead =
    status === OrderStatus.PROCESSED
      ? 'use processOrder'
      : status === OrderStatus.CANCELLED
        ? 'use cancelOrder'
        : 'an order has it from the start';
  throw new DomainError(UserErrorCode.ORDER_STATUS_NOT_ALLOWED, `${status} is not set by hand: ${instead}.`, [
    'input',
    'status',
  ]);
}

/** A number that is there already, for the same leg, is not added again. */
function addTracking(
  known: readonly TrackingNumberValue[],
  added: readonly { carrier?: string | null; value: string; leg?: ShipmentLeg | null }[],
): TrackingNumberValue[] {
  const all = [...known];
  for (const { carrier = null, value, leg } of added) {
    const ofLeg = leg ?? ShipmentLeg.OUTBOUND;
    if (!all.some((one) => one.value === value && one.leg === ofLeg)) all.push({ carrier, value, leg: ofLeg });
  }
  return all;
}

import { z } from 'zod';
import { DeviceStatusChangeReason } from '../device/device-status';
import { DomainError } from '../../platform/base/errors';
import { line, optionalLine } from '../../platform/operation/input-rules';
import { causeOf, useCase } from '../../platform/operation/use-case';
import type { TrackingNumberInput, UpdateOrderStatusInput } from './order-operation.input';
import { lockNamed } from '../../platform/list/named-row';
import { ORDERS } from './order.list';
import { delivered } from './order-rules';
import { assertFollows, OrderStatus, SETTABLE_STATUSES, ShipmentLeg } from './order-status';
import { changeDevicesOfOrder, recordSteps, ORDER_OPERATION } from './order-step';
import { changeOrder, lockDevicesOfOrder } from './order.repository';
import type { TrackingNumberValue } from './order.entity';
import { defineLimit } from '../../platform/base/limit';

const MAX_TRACKING_NUMBERS = defineLimit('tracking numbers of a call', {
  value: 1_000,
  unit: 'tracking numbers',
  description: 'Of `updateOrderStatus`; more is INVALID_INPUT.',
});

const RULES = {
  ...ORDER_OPERATION.input,
  trackingNumbers: z
    .array(z.object({ carrier: optionalLine(100), value: line(100), leg: z.enum(ShipmentLeg).nullish() }))
    .max(MAX_TRACKING_NUMBERS, `must have at most ${MAX_TRACKING_NUMBERS}`)
    .nullish(),
};

/**
 * Says that an order was shipped, waits for pick-up or was delivered; for operators. Tracking numbers are added to those that
 * are there. Repeating it changes nothing.
 */
export const updateOrderStatus = useCase(
  {
    name: 'updateOrderStatus',
    action: 'order:process',
    codes: ORDER_OPERATION.codes,
    input: RULES,
    subject: () => ['input', 'status'],
  },
  async (ctx, tx, input: UpdateOrderStatusInput) => {
    const { status } = input;
    const order = await lockNamed(tx, ORDERS, 'order', input.orderId);
    const trackingNumbers = addTracking(order.trackingNumbers, input.trackingNumbers ?? []);
    if (status === order.currentStatus) {
      const isNew = trackingNumbers.length > order.trackingNumbers.length;
      return { order: isNew ? await changeOrder(tx, order, { currentStatus: status, trackingNumbers }) : order };
    }
    assertSettable(status);
    assertFollows(order.currentStatus, status);
    const cause = causeOf(ctx, input);
    if (status === OrderStatus.DELIVERED) {
      const devices = await lockDevicesOfOrder(tx, order, ShipmentLeg.OUTBOUND);
      const changes = devices.map((device) => ({ device, next: delivered(device, order) }));
      await changeDevicesOfOrder(tx, changes, DeviceStatusChangeReason.ORDER_DELIVERED, cause);
    }
    const changed = await changeOrder(tx, order, { currentStatus: status, trackingNumbers });
    await recordSteps(tx, changed, [status], cause);
    return { order: changed };
  },
);

function assertSettable(status: OrderStatus): void {
  if (SETTABLE_STATUSES.includes(status)) return;
  const instead =
    status === OrderStatus.PROCESSED
      ? 'use processOrder'
      : status === OrderStatus.CANCELLED
        ? 'use cancelOrder'
        : 'an order has it from the start';
  throw new DomainError('ORDER_STATUS_NOT_ALLOWED', `${status} is not set by hand: ${instead}.`);
}

/** A number that is there already, for the same leg, is not added again. */
function addTracking(
  known: readonly TrackingNumberValue[],
  added: readonly TrackingNumberInput[],
): TrackingNumberValue[] {
  const all = [...known];
  for (const { carrier = null, value, leg } of added) {
    const ofLeg = leg ?? ShipmentLeg.OUTBOUND;
    if (!all.some((one) => one.value === value && one.leg === ofLeg)) all.push({ carrier, value, leg: ofLeg });
  }
  return all;
}

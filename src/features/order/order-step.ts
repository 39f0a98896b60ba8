import type { Cause } from '../../platform/operation/use-case';
import type { Tx } from '../../platform/db/session';
import { changeDevices, leaveOrders, type DeviceChange, type DeviceTransition } from '../device/device-change';
import { staysInPlace } from '../device/device-rules';
import type { DeviceEntity } from '../device/device.entity';
import { DeviceStatusChangeReason } from '../device/device-status';
import { appendEvents } from '../../platform/event/outbox';
import { noteRule } from '../../platform/operation/input-rules';
import { findDevicesOfOrders, findLinesOfOrders, insertOrderEvents, insertOutboundDevices } from './order.repository';
import { dispatched } from './order-rules';
import { orderChanged } from './order.events';
import { ShipmentLeg, type OrderStatus } from './order-status';
import type { OrderEntity } from './order.entity';

const ORDER_CODES = ['ORDER_NOT_FOUND', 'ORDER_STATUS_NOT_ALLOWED'] as const;

/** What the use cases of one order have in common: a refusal that names no member of the input is about the order. */
export const ORDER_OPERATION = { input: { note: noteRule }, subject: () => ['input', 'orderId'], codes: ORDER_CODES };

/** Leaves the history and the events of an order's steps; called last, when its devices are as they shall be. */
export async function recordSteps(
  tx: Tx,
  order: OrderEntity,
  statuses: readonly OrderStatus[],
  cause: Cause,
): Promise<void> {
  const steps = await insertOrderEvents(tx, order, statuses, cause);
  const lines = await findLinesOfOrders(tx, [order]);
  const devices = await findDevicesOfOrders(tx, [order]);
  const idsOf = (wanted: ShipmentLeg) => devices.filter(({ leg }) => leg === wanted).map(({ id }) => id);
  await appendEvents(
    tx,
    ...orderChanged(order, steps, {
      lines: lines.map(({ itemId, quantity }) => ({ itemId, quantity })),
      deviceIds: idsOf(ShipmentLeg.OUTBOUND),
      returnDeviceIds: idsOf(ShipmentLeg.RETURN),
    }),
  );
}

/** Sends devices of the stock on their way by an order whose step is not recorded yet. */
export async function dispatch(
  tx: Tx,
  order: OrderEntity,
  devices: readonly DeviceEntity[],
  cause: Cause,
): Promise<DeviceEntity[]> {
  await insertOutboundDevices(tx, order, devices);
  const changes = devices.map((device) => ({ device, next: dispatched(device, order) }));
  const changed = await changeDevicesOfOrder(tx, changes, DeviceStatusChangeReason.ORDER_PROCESSED, cause);
  return changed.map(({ device }) => device);
}

/**
 * Changes the locked devices of an order. Those that only leave it, their status, holder and site staying, do so without a
 * change of theirs.
 */
export async function changeDevicesOfOrder(
  tx: Tx,
  changes: readonly DeviceTransition[],
  reason: DeviceStatusChangeReason,
  cause: Cause,
): Promise<DeviceChange[]> {
  const changing = changes.filter(({ device, next }) => !staysInPlace(device, next));
  const leaving = changes.filter(({ device, next }) => staysInPlace(device, next));
  await leaveOrders(
    tx,
    leaving.map(({ device }) => device),
    'order',
  );
  return changeDevices(tx, changing, { reason, ...cause });
}

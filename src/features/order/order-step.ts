import { assertVersion } from '../../platform/operation/expected-version';
import type { Cause } from '../../platform/operation/use-case';
import type { Tx } from '../../platform/db/session';
import { lockNamed } from '../../platform/list/named-row';
import { changeDevices, leaveOrders, type DeviceChange, type DeviceTransition } from '../device/device-change';
import { staysInPlace } from '../device/device-rules';
import type { DeviceEntity } from '../device/device.entity';
import { DeviceStatusChangeReason } from '../device/device-status';
import { appendEvents } from '../../platform/event/outbox';
import { noteRule } from '../../platform/operation/input-rules';
import { isStatusChange } from './order-event.entity';
import {
  changeOrder,
  findDevicesOfOrders,
  findLinesOfOrders,
  insertOrderEvents,
  insertOutboundDevices,
  type NewOrderEvent,
} from './order.repository';
import { ORDERS } from './order.list';
import { dispatched } from './order-rules';
import { toOrderEvents, type OrderParts } from './order.events';
import { assertFollows, ParcelDirection, type OrderStatus } from './order-status';
import type { OrderEntity, ParcelValue } from './order.entity';

const ORDER_CODES = ['ORDER_NOT_FOUND', 'STALE_VERSION', 'ORDER_STATUS_NOT_ALLOWED'] as const;

/** What the use cases of one order have in common: a refusal that names no member of the input is about the order. */
export const ORDER_OPERATION = { input: { note: noteRule }, subject: () => ['input', 'orderId'], codes: ORDER_CODES };

interface OrderReference {
  orderId: string;
  expectedVersion?: number | null;
}

/**
 * Locks an order that is to get a status. One that has it already is returned as it is, for the caller to leave it so.
 *
 * @throws DomainError ORDER_NOT_FOUND, STALE_VERSION, ORDER_STATUS_NOT_ALLOWED
 */
export async function lockOrderFor(
  tx: Tx,
  status: OrderStatus,
  { orderId, expectedVersion }: OrderReference,
): Promise<OrderEntity> {
  const order = await lockOrder(tx, orderId);
  if (order.currentStatus === status) return order;
  assertVersion(order, expectedVersion, 'order');
  assertFollows(order.currentStatus, status);
  return order;
}

/** @throws DomainError ORDER_NOT_FOUND */
export function lockOrder(tx: Tx, orderId: string): Promise<OrderEntity> {
  return lockNamed(tx, ORDERS, 'order', orderId);
}

/** Gives a locked order a status; called last, when its devices are as they shall be. */
export async function moveOrder(tx: Tx, order: OrderEntity, status: OrderStatus, cause: Cause): Promise<OrderEntity> {
  const moved = await changeOrder(tx, order, { currentStatus: status });
  await recordEvents(tx, moved, [statusChanged(order.currentStatus, status)], cause);
  return moved;
}

/** @param previousStatus null for an order that was created just now */
export function statusChanged(previousStatus: OrderStatus | null, status: OrderStatus): NewOrderEvent {
  return { __typename: 'OrderStatusChange', previousStatus, status, parcel: null };
}

export function parcelAdded(parcel: ParcelValue): NewOrderEvent {
  return { __typename: 'OrderParcelAdded', previousStatus: null, status: null, parcel };
}

/** Leaves what happened in the history of an order, and the events that tell of it; called last, as `moveOrder`. */
export async function recordEvents(
  tx: Tx,
  order: OrderEntity,
  happened: readonly NewOrderEvent[],
  cause: Cause,
): Promise<void> {
  const recorded = await insertOrderEvents(tx, order, happened, cause);
  // Only a change of the status tells the whole order.
  const parts = recorded.some(isStatusChange) ? await readParts(tx, order) : undefined;
  await appendEvents(tx, ...toOrderEvents(order, recorded, parts));
}

async function readParts(tx: Tx, order: OrderEntity): Promise<OrderParts> {
  const lines = await findLinesOfOrders(tx, [order]);
  const devices = await findDevicesOfOrders(tx, [order]);
  const idsOf = (wanted: ParcelDirection) => devices.filter(({ leg }) => leg === wanted).map(({ id }) => id);
  return {
    lines: lines.map(({ itemId, quantity }) => ({ itemId, quantity })),
    deviceIds: idsOf(ParcelDirection.OUTBOUND),
    returnDeviceIds: idsOf(ParcelDirection.RETURN),
  };
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
  const changed = await changeDevicesOfOrder(tx, order, changes, DeviceStatusChangeReason.ORDER_PROCESSED, cause);
  return changed.map(({ device }) => device);
}

/**
 * Changes the locked devices of an order. Those that only leave it, their status, holder and site staying, do so without a
 * change of theirs.
 */
export async function changeDevicesOfOrder(
  tx: Tx,
  order: OrderEntity,
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
  return changeDevices(tx, changing, { reason, orderId: order.id, ...cause });
}

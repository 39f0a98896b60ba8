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

/** Options of all use cases on one order. A refusal without a path gets the path of `orderId`. */
export const ORDER_OPERATION = { input: { note: noteRule }, subject: () => ['input', 'orderId'], codes: ORDER_CODES };

interface OrderReference {
  orderId: string;
  expectedVersion?: number | null;
}

/**
 * Locks an order that is to move to a status. Returns an order that already has the status without further checks.
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

/** Moves a locked order to a status. Call it after its devices have changed: `order.statusFull` contains them. */
export async function moveOrder(tx: Tx, order: OrderEntity, status: OrderStatus, cause: Cause): Promise<OrderEntity> {
  const moved = await changeOrder(tx, order, { currentStatus: status });
  await recordEvents(tx, moved, [statusChanged(order.currentStatus, status)], cause);
  return moved;
}

/** @param previousStatus null for a new order */
export function statusChanged(previousStatus: OrderStatus | null, status: OrderStatus): NewOrderEvent {
  return { __typename: 'OrderStatusChange', previousStatus, status, parcel: null };
}

export function parcelAdded(parcel: ParcelValue): NewOrderEvent {
  return { __typename: 'OrderParcelAdded', previousStatus: null, status: null, parcel };
}

/** Writes history rows of an order and their events. Call it last, like `moveOrder`. */
export async function recordEvents(
  tx: Tx,
  order: OrderEntity,
  newEvents: readonly NewOrderEvent[],
  cause: Cause,
): Promise<void> {
  const recorded = await insertOrderEvents(tx, order, newEvents, cause);
  // Only the events of a status change contain the whole order.
  const parts = recorded.some(isStatusChange) ? await readParts(tx, order) : undefined;
  appendEvents(tx, ...toOrderEvents(order, recorded, parts));
}

async function readParts(tx: Tx, order: OrderEntity): Promise<OrderParts> {
  const lines = await findLinesOfOrders(tx, [order]);
  const devices = await findDevicesOfOrders(tx, [order]);
  const idsOn = (direction: ParcelDirection) => devices.filter(({ leg }) => leg === direction).map(({ id }) => id);
  return {
    lines: lines.map(({ itemId, quantity }) => ({ itemId, quantity })),
    deviceIds: idsOn(ParcelDirection.OUTBOUND),
    returnDeviceIds: idsOn(ParcelDirection.RETURN),
  };
}

/** Dispatches devices from stock. The caller then records the step of the order. */
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
 * Changes the locked devices of an order. A device that keeps its status, holder and site only leaves the order, without a
 * status change.
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

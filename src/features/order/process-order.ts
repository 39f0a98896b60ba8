import type { Tx } from '../../platform/db/session';
import { identifierKeys } from '../device/device-identifier-forms';
import { DeviceStatus } from '../device/device-status';
import { IdentifiedDevices } from '../device/identified-devices';
import type { DeviceEntity } from '../device/device.entity';
import { DomainError } from '../../platform/base/errors';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { lockOpenRecipient } from './order-recipient';
import type { ProcessOrderInput } from './order-operation.input';
import { assertFollows, OrderStatus } from './order-status';
import { dispatch, lockOrder, moveOrder, ORDER_OPERATION } from './order-step';
import { findLinesOfOrders, sendsExactly } from './order.repository';
import type { OrderEntity } from './order.entity';
import type { OrderLineEntity } from './order-line.entity';
import { lockNamedDevices, lockStock } from './stock.repository';

/**
 * Assigns devices from stock to an order, all or none: the named devices, or the oldest of each item. For operators. A repeated
 * call changes nothing.
 */
export const processOrder = useCase(
  {
    ...ORDER_OPERATION,
    name: 'processOrder',
    action: 'order:process',
    codes: [
      ...ORDER_OPERATION.codes,
      'PATIENT_ARCHIVED',
      'SITE_INACTIVE',
      'DEVICE_NOT_FOUND',
      'DEVICE_NOT_IN_STOCK',
      'ITEM_OUT_OF_STOCK',
    ],
  },
  async (ctx, tx, { orderId, deviceIdentifiers, note, expectedVersion }: ProcessOrderInput) => {
    const order = await lockOrder(tx, orderId);
    if (await isDone(tx, order, deviceIdentifiers)) return { order };
    assertVersion(order, expectedVersion, 'order');
    assertFollows(order.currentStatus, OrderStatus.PROCESSED);
    await lockOpenRecipient(tx, order);
    const lines = await findLinesOfOrders(tx, [order]);
    const devices =
      deviceIdentifiers == null
        ? await takeFromStock(tx, order, lines)
        : await takeNamed(tx, order, lines, deviceIdentifiers);
    const cause = causeOf(ctx, { note });
    await dispatch(tx, order, devices, cause);
    return { order: await moveOrder(tx, order, OrderStatus.PROCESSED, cause) };
  },
);

/** Whether the order is PROCESSED with exactly the named devices, or with any devices if none are named. */
async function isDone(tx: Tx, order: OrderEntity, identifiers: readonly string[] | null | undefined): Promise<boolean> {
  if (order.currentStatus !== OrderStatus.PROCESSED) return false;
  return identifiers == null || sendsExactly(tx, order, identifiers);
}

/** Locks stock in the order of item ids, so two orders for the same items may wait for each other but never deadlock. */
async function takeFromStock(tx: Tx, order: OrderEntity, lines: readonly OrderLineEntity[]): Promise<DeviceEntity[]> {
  const devices: DeviceEntity[] = [];
  const inOrder = [...lines].sort((one, other) => (BigInt(one.itemId) < BigInt(other.itemId) ? -1 : 1));
  for (const { itemId, quantity } of inOrder) {
    const found = await lockStock(tx, order.customerId, itemId, quantity);
    if (found.length < quantity) {
      throw new DomainError(
        'ITEM_OUT_OF_STOCK',
        `The order needs ${quantity} of item ${itemId}. The customer's stock has ${found.length}.`,
      );
    }
    devices.push(...found);
  }
  return devices;
}

/** @throws DomainError DEVICE_NOT_FOUND, DEVICE_NOT_IN_STOCK, INVALID_INPUT */
async function takeNamed(
  tx: Tx,
  order: OrderEntity,
  lines: readonly OrderLineEntity[],
  identifiers: readonly string[],
): Promise<DeviceEntity[]> {
  const path = (index: number) => ['input', 'deviceIdentifiers', String(index)];
  const keys = identifiers.map((identifier) => identifierKeys(identifier));
  const found = await lockNamedDevices(tx, order.customerId, keys.flat());
  const identified = new IdentifiedDevices(found);
  const seen = new Set<DeviceEntity>();
  keys.forEach((ofOne, index) => {
    const device = identified.find(ofOne);
    if (!device) {
      const message = `The customer of the order has no such device. Check deviceIdentifiers.${index}.`;
      throw new DomainError('DEVICE_NOT_FOUND', message, path(index));
    }
    if (seen.has(device))
      throw new DomainError('INVALID_INPUT', 'This device is named twice. Name it once.', path(index));
    seen.add(device);
    if (device.currentStatus !== DeviceStatus.AVAILABLE) {
      const message = `The device is ${device.currentStatus}. Only a device that is AVAILABLE can be assigned to an order.`;
      throw new DomainError('DEVICE_NOT_IN_STOCK', message, path(index));
    }
    if (!lines.some(({ itemId }) => itemId === device.itemId))
      throw new DomainError('INVALID_INPUT', 'The order has no line for the item of this device.', path(index));
  });
  const devices = found.map(({ device }) => device).filter((device) => seen.has(device));
  for (const { itemId, quantity } of lines) {
    const given = devices.filter((device) => device.itemId === itemId).length;
    if (given !== quantity) {
      const message = `The order needs ${quantity} of item ${itemId}. deviceIdentifiers names ${given}.`;
      throw new DomainError('INVALID_INPUT', message, ['input', 'deviceIdentifiers']);
    }
  }
  return devices;
}

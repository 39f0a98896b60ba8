import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import { normalizeIdentifier } from '../device/device-rules';
import { DeviceStatus, StatusChangeReason } from '../device/device-status';
import type { DeviceEntity } from '../device/device.entity';
import type { RequestContext } from '../../platform/operation/request-context';
import { DomainError } from '../../platform/base/errors';
import { checkInput, noteRule } from '../../platform/operation/input-rules';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { lockOpenRecipient } from './order-recipient';
import { lockNamedOrder } from './order-reference';
import { dispatched } from './order-rules';
import { assertFollows, OrderStatus } from './order-status';
import { changeDevicesOfOrder, recordSteps, type StepCause } from './order-step';
import { changeOrder, insertOutboundDevices } from './order-writing.repository';
import { findItemsOfOrders } from './order.repository';
import type { OrderEntity } from './order.entity';
import type { OrderItemEntity } from './order-item.entity';
import { lockNamedDevices, lockStock } from './stock.repository';

export interface ProcessOrder {
  orderId: string;
  deviceIdentifiers?: string[] | null;
  note?: string | null;
}

const RULES = z.object({ note: noteRule });

/** Assigns devices of the stock to orders; for operators. */
export class ProcessOrderService {
  /**
   * Processes an order, all or nothing: with the devices that are named, or with the oldest of each item in the stock.
   *
   * @throws DomainError ORDER_NOT_FOUND, ORDER_STATUS_NOT_ALLOWED, PATIENT_ARCHIVED, SITE_INACTIVE, DEVICE_NOT_FOUND,
   *   DEVICE_NOT_IN_STOCK, ITEM_OUT_OF_STOCK; INVALID_INPUT when the devices named do not fit the items
   */
  async process(ctx: RequestContext, request: ProcessOrder): Promise<OrderEntity> {
    ctx.authorize('order:process');
    const { note } = checkInput(RULES, { note: request.note });
    return ctx.transact(async (tx) => {
      const order = await lockNamedOrder(tx, request.orderId);
      assertFollows(order.currentStatus, OrderStatus.PROCESSED, ['input', 'orderId']);
      await lockOpenRecipient(tx, order, ['input', 'orderId']);
      const items = await findItemsOfOrders(tx, [order]);
      const devices =
        request.deviceIdentifiers == null
          ? await takeFromStock(tx, order, items)
          : await takeNamed(tx, order, items, request.deviceIdentifiers);
      const cause = { note: note ?? null, actor: ctx.caller.actor };
      await dispatch(tx, order, devices, cause);
      const processed = await changeOrder(tx, order, { currentStatus: OrderStatus.PROCESSED });
      await recordSteps(tx, processed, [OrderStatus.PROCESSED], cause);
      return processed;
    });
  }
}

/** Sends devices of the stock on their way by an order that is not told of yet. */
export async function dispatch(
  tx: Tx,
  order: OrderEntity,
  devices: readonly DeviceEntity[],
  cause: StepCause,
): Promise<DeviceEntity[]> {
  await insertOutboundDevices(tx, order, devices);
  const changes = devices.map((device) => ({ device, next: dispatched(device, order) }));
  const changed = await changeDevicesOfOrder(tx, changes, StatusChangeReason.ORDER_PROCESSED, cause);
  return changed.map(({ device }) => device);
}

/** In the order of the items' ids, so that two orders that want the same items wait for each other at most. */
async function takeFromStock(tx: Tx, order: OrderEntity, items: readonly OrderItemEntity[]): Promise<DeviceEntity[]> {
  const devices: DeviceEntity[] = [];
  const inOrder = [...items].sort((one, other) => (BigInt(one.itemId) < BigInt(other.itemId) ? -1 : 1));
  for (const { itemId, count } of inOrder) {
    const found = await lockStock(tx, order.customerId, itemId, count);
    if (found.length < count) {
      throw new DomainError(
        UserErrorCode.ITEM_OUT_OF_STOCK,
        `The order asks for ${count} of item ${itemId}, and the customer's stock has ${found.length}.`,
        ['input', 'orderId'],
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
  items: readonly OrderItemEntity[],
  identifiers: readonly string[],
): Promise<DeviceEntity[]> {
  const path = (index: number) => ['input', 'deviceIdentifiers', String(index)];
  const normalized = identifiers.map(normalizeIdentifier);
  const found = await lockNamedDevices(tx, order.customerId, normalized);
  // Maps, since there may be tens of thousands of them.
  const byIdentifier = new Map(found.flatMap((device) => device.identifiers.map((one) => [one, device] as const)));
  const seen = new Set<DeviceEntity>();
  normalized.forEach((identifier, index) => {
    const device = byIdentifier.get(identifier);
    if (!device) {
      const message = `There is no such device of the order's customer: check deviceIdentifiers.${index}.`;
      throw new DomainError(UserErrorCode.DEVICE_NOT_FOUND, message, path(index));
    }
    if (seen.has(device))
      throw new DomainError(UserErrorCode.INVALID_INPUT, 'This device is named twice.', path(index));
    seen.add(device);
    if (device.currentStatus !== DeviceStatus.AVAILABLE) {
      const message = `The device is ${device.currentStatus}, and an order takes only one that is AVAILABLE.`;
      throw new DomainError(UserErrorCode.DEVICE_NOT_IN_STOCK, message, path(index));
    }
    if (!items.some(({ itemId }) => itemId === device.itemId))
      throw new DomainError(
        UserErrorCode.INVALID_INPUT,
        'The order does not ask for the item of this device.',
        path(index),
      );
  });
  for (const { itemId, count } of items) {
    const given = found.filter((device) => device.itemId === itemId).length;
    if (given !== count) {
      const message = `The order asks for ${count} of item ${itemId}, and ${given} are named.`;
      throw new DomainError(UserErrorCode.INVALID_INPUT, message, ['input', 'deviceIdentifiers']);
    }
  }
  return found.map(({ identifiers: _named, ...device }) => device);
}

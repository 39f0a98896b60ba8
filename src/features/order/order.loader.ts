import type { ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf } from '../../platform/list/loader';
import { defineChildList, parentCacheKey } from '../../platform/list/paged-list';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderItemEntity } from './order-item.entity';
import {
  findDevicesOfOrders,
  findEventsOfOrders,
  findItemsOfOrders,
  findOrders,
  ORDERS,
  ORDERS_OF_DEVICE,
  ORDERS_OF_PATIENT,
  ORDERS_OF_SITE,
  type DeviceOfOrder,
} from './order.repository';
import type { OrderEntity } from './order.entity';

export const orderById = defineLoader<string, OrderEntity | null>('order_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findOrders(ctx.session, ids), (order) => order.id),
);

export const itemsByOrder = defineLoader<ParentKey, OrderItemEntity[]>(
  'items_by_order',
  parentCacheKey,
  async (ctx, orders) => byOrder(orders, await findItemsOfOrders(ctx.session, orders), ({ orderId }) => orderId),
);

export const eventsByOrder = defineLoader<ParentKey, OrderEventEntity[]>(
  'events_by_order',
  parentCacheKey,
  async (ctx, orders) => byOrder(orders, await findEventsOfOrders(ctx.session, orders), ({ orderId }) => orderId),
);

export const devicesByOrder = defineLoader<ParentKey, DeviceOfOrder[]>(
  'devices_by_order',
  parentCacheKey,
  async (ctx, orders) => byOrder(orders, await findDevicesOfOrders(ctx.session, orders), ({ ofOrderId }) => ofOrderId),
);

export const ordersOfPatient = defineChildList(ORDERS, ORDERS_OF_PATIENT);
export const ordersOfSite = defineChildList(ORDERS, ORDERS_OF_SITE);
export const ordersOfDevice = defineChildList(ORDERS, ORDERS_OF_DEVICE);

function byOrder<Row>(orders: readonly ParentKey[], rows: readonly Row[], orderOf: (row: Row) => string): Row[][] {
  const found = new Map(orders.map(({ id }) => [id, [] as Row[]]));
  for (const row of rows) found.get(orderOf(row))!.push(row);
  return orders.map(({ id }) => found.get(id)!);
}

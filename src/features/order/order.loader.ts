import type { ParentKey } from '../../platform/list/list';
import { defineLoader, groupByParent, parentCacheKey } from '../../platform/list/loader';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderItemEntity } from './order-item.entity';
import { findDevicesOfOrders, findEventsOfOrders, findItemsOfOrders, type DeviceOfOrder } from './order.repository';

export const itemsByOrder = defineLoader<ParentKey, OrderItemEntity[]>(
  'items_by_order',
  parentCacheKey,
  async (ctx, orders) => groupByParent(orders, await findItemsOfOrders(ctx.session, orders), 'orderId'),
);

export const eventsByOrder = defineLoader<ParentKey, OrderEventEntity[]>(
  'events_by_order',
  parentCacheKey,
  async (ctx, orders) => groupByParent(orders, await findEventsOfOrders(ctx.session, orders), 'orderId'),
);

export const devicesByOrder = defineLoader<ParentKey, DeviceOfOrder[]>(
  'devices_by_order',
  parentCacheKey,
  async (ctx, orders) => groupByParent(orders, await findDevicesOfOrders(ctx.session, orders), 'ofOrderId'),
);

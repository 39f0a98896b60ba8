import { childrenLoader } from '../../platform/list/loader';
import { findDevicesOfOrders, findEventsOfOrders, findItemsOfOrders } from './order.repository';

export const itemsByOrder = childrenLoader('items_by_order', findItemsOfOrders, 'orderId');
export const eventsByOrder = childrenLoader('events_by_order', findEventsOfOrders, 'orderId');
export const devicesByOrder = childrenLoader('devices_by_order', findDevicesOfOrders, 'ofOrderId');

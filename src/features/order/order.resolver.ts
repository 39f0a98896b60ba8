import { actor } from '../../platform/graphql/actor.type';
import { children, defineFields, link, list, optionalLink } from '../../platform/graphql/fields';
import { countsQuery, listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import type { DeviceEntity } from '../device/device.entity';
import type { DeviceStatusChangeEntity } from '../device/device-status-change.entity';
import { Device, DeviceConnection, DeviceStatusChange } from '../device/device.type';
import { itemById } from '../item/item.list';
import { Item } from '../item/item.type';
import type { PatientEntity } from '../patient/patient.entity';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import type { SiteEntity } from '../site/site.entity';
import { siteById } from '../site/site.list';
import { Site } from '../site/site.type';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderLineEntity } from './order-line.entity';
import type { OrderEntity } from './order.entity';
import { orderById, ORDER_COUNTS, ORDERS, ordersOfDevice, ordersOfPatient, ordersOfSite } from './order.list';
import { devicesOfOrder, eventsOfOrder, returnDevicesOfOrder } from './order-parts.list';
import { linesByOrder } from './order.repository';
import { Order, OrderConnection, OrderCount, OrderEvent, OrderEventConnection, OrderLine } from './order.type';

export const orderQueries = queryResolver({
  order: nodeQuery(Order, orderById, 'Order by id. Null when it is not found.'),
  orders: listQuery(
    OrderConnection,
    ORDERS,
    'Orders of the customer, newest first. For operators, orders of all customers.',
  ),
  orderCounts: countsQuery(
    OrderCount,
    ORDERS,
    ORDER_COUNTS,
    'Number of orders by status. Omits statuses without orders.',
  ),
});

defineFields<OrderEntity>(Order, {
  customer: link(Customer, customerById, 'customerId', 'Customer of the order.'),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Patient who receives the order. Null for an order to a site.',
  ),
  site: optionalLink(Site, siteById, 'siteId', 'Site that receives the order. Null for an order to a patient.'),
  lines: children([OrderLine], linesByOrder, 'Requested items, in input order: 1 to 100 lines.'),
  devices: list(
    DeviceConnection,
    devicesOfOrder,
    'Devices that were assigned when the order was processed, in their current state.',
  ),
  returnDevices: list(
    DeviceConnection,
    returnDevicesOfOrder,
    'Devices that are sent back to a warehouse, in their current state.',
  ),
  events: list(OrderEventConnection, eventsOfOrder, 'Events of the order, oldest first.'),
});

defineFields<OrderLineEntity>(OrderLine, { item: link(Item, itemById, 'itemId', 'Requested item.') });

defineFields<OrderEventEntity>(OrderEvent, {
  order: link(Order, orderById, 'orderId', 'The order in its current state.'),
  actor: actor('actor', 'Actor that caused the event.'),
});

defineFields<DeviceStatusChangeEntity>(DeviceStatusChange, {
  order: optionalLink(Order, orderById, 'orderId', 'Order that made the change. Null when no order did.'),
});

defineFields<PatientEntity>(Patient, {
  orders: list(OrderConnection, ordersOfPatient, 'Orders for the patient, newest first.'),
});

defineFields<SiteEntity>(Site, {
  orders: list(OrderConnection, ordersOfSite, 'Orders for the site, newest first. Empty for a warehouse.'),
});

defineFields<DeviceEntity>(Device, {
  orders: list(
    OrderConnection,
    ordersOfDevice,
    'Orders that sent the device or expect it back, including past orders, newest first.',
  ),
});

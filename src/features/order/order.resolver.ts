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
  order: nodeQuery(Order, orderById, 'One order by its id; null when there is none.'),
  orders: listQuery(
    OrderConnection,
    ORDERS,
    "The customer's orders, newest first; those of all customers for operators.",
  ),
  orderCounts: countsQuery(
    OrderCount,
    ORDERS,
    ORDER_COUNTS,
    'Number of orders by status; statuses that have none are left out.',
  ),
});

defineFields<OrderEntity>(Order, {
  customer: link(Customer, customerById, 'customerId', 'Whose order it is.'),
  patient: optionalLink(Patient, patientById, 'patientId', 'To whom it goes; null when it goes to a site.'),
  site: optionalLink(Site, siteById, 'siteId', 'Where it goes; null when it goes to a patient.'),
  lines: children([OrderLine], linesByOrder, 'What it asks for, in the order of the input: 1 to 100 lines.'),
  devices: list(
    DeviceConnection,
    devicesOfOrder,
    'The devices that were assigned when it was processed, as they are now.',
  ),
  returnDevices: list(
    DeviceConnection,
    returnDevicesOfOrder,
    'The devices to be sent back to a warehouse, as they are now.',
  ),
  events: list(OrderEventConnection, eventsOfOrder, 'What happened to it, oldest first.'),
});

defineFields<OrderLineEntity>(OrderLine, { item: link(Item, itemById, 'itemId', 'The item.') });

defineFields<OrderEventEntity>(OrderEvent, {
  order: link(Order, orderById, 'orderId', 'The order, as it is now.'),
  actor: actor('actor', 'Who did it.'),
});

defineFields<DeviceStatusChangeEntity>(DeviceStatusChange, {
  order: optionalLink(Order, orderById, 'orderId', 'The order that made the change; null for one that no order made.'),
});

defineFields<PatientEntity>(Patient, {
  orders: list(OrderConnection, ordersOfPatient, 'The orders that go to the patient, newest first.'),
});

defineFields<SiteEntity>(Site, {
  orders: list(
    OrderConnection,
    ordersOfSite,
    'The orders that go to the site, newest first. None for a site that Impilo runs.',
  ),
});

defineFields<DeviceEntity>(Device, {
  orders: list(
    OrderConnection,
    ordersOfDevice,
    'The orders that sent the device, or expect or expected it back, newest first.',
  ),
});

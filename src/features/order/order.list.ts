import { oneOf, owned, sql } from '../../platform/db/sql';
import { defineChildList } from '../../platform/list/connection';
import { defineList, ids, NEWEST_FIRST } from '../../platform/list/definition';
import { before, equals, from } from '../../platform/list/filter';
import { nodeLoader } from '../../platform/list/loader';
import { orderTable, type OrderEntity } from './order.entity';
import type { OrderFilter } from './order.input';

export const ORDERS = defineList<OrderEntity, OrderFilter>({
  type: 'Order',
  name: 'orders',
  table: orderTable,
  alias: 'o',
  filters: {
    status: (statuses) => oneOf('o.current_status', statuses, 'text'),
    patientId: ids('Patient', (patients) => oneOf('o.patient_id', patients, 'bigint')),
    siteId: ids('Site', (sites) => oneOf('o.site_id', sites, 'bigint')),
    deviceId: ids(
      'Device',
      (devices) =>
        sql`(o.customer_id, o.id) in (select x.customer_id, x.order_id from order_device x
              where ${owned('x')} and ${oneOf('x.device_id', devices, 'bigint')})`,
    ),
    kind: equals('o.kind', 'text'),
    externalOrderId: equals('o.external_order_id', 'text'),
    createdFrom: from('o.created_at'),
    createdTo: before('o.created_at'),
    customerId: ids('Customer', (customers) => oneOf('o.customer_id', customers, 'bigint')),
  },
  ...NEWEST_FIRST,
});

export const orderById = nodeLoader(ORDERS);

export const ordersOfPatient = defineChildList(ORDERS, 'patient');

/** A warehouse is nobody's recipient, so the parent's customer is the order's too. */
export const ordersOfSite = defineChildList(ORDERS, 'site');

/** Those that send the device, and those that expect it back. */
export const ordersOfDevice = defineChildList(ORDERS, {
  name: 'by_device',
  condition: sql`o.customer_id = k.customer_id and exists (select from order_device x
    where x.customer_id = o.customer_id and x.order_id = o.id and x.device_id = k.id)`,
});

import { oneOf, owned, sql } from '../../platform/db/sql';
import { anyOf, during, idsOf } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import type { Grouping } from '../../platform/list/counts';
import { defineList, SortDirection } from '../../platform/list/definition';
import { byId, byTime, indexedForOperators } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { OrderKind, OrderStatus } from './order-status';
import { orderTable } from './order.entity';

export const ORDERS = defineList({
  type: 'Order',
  name: 'orders',
  table: orderTable,
  alias: 'o',
  filters: {
    statuses: anyOf(OrderStatus, 'o.current_status', 'Orders with any of these statuses.'),
    kinds: anyOf(OrderKind, 'o.kind', 'Orders of any of these kinds.'),
    patientIds: idsOf('Patient', 'o.patient_id', 'Orders for any of these patients.'),
    siteIds: idsOf('Site', 'o.site_id', 'Orders for any of these sites.'),
    deviceIds: idsOf(
      'Device',
      (devices) =>
        sql`(o.customer_id, o.id) in (select x.customer_id, x.order_id from order_device x
              where ${owned('x')} and ${oneOf('x.device_id', devices, 'bigint')})`,
      'Orders that sent any of these devices or expect it back, including past orders.',
    ),
    externalOrderIds: anyOf(String, 'o.external_order_id', 'Orders with exactly one of these external identifiers.'),
    createdAt: during('o.created_at', 'Orders created in this range.'),
    updatedAt: during('o.updated_at', 'Orders whose latest change was in this range.'),
    customerIds: idsOf('Customer', 'o.customer_id', 'Orders of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    UPDATED_AT: indexedForOperators(byTime('o.updated_at', 'updatedAt', 'By time of the latest change.')),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.DESC },
});

export interface OrderCountRow {
  status: OrderStatus;
  count: number;
}

export const ORDER_COUNTS: Grouping = { name: 'order_counts', by: { status: 'o.current_status' } };

export const orderById = nodeLoader(ORDERS);

export const ordersOfPatient = defineChildList(ORDERS, 'patient', {
  input: 'PatientOrder',
  without: ['patientIds', 'siteIds', 'customerIds'],
});

/** Orders never go to a warehouse, so the site and its orders have the same customer. */
export const ordersOfSite = defineChildList(ORDERS, 'site', {
  input: 'SiteOrder',
  without: ['patientIds', 'siteIds', 'customerIds'],
});

/** Orders that send the device, and orders that expect it back. */
export const ordersOfDevice = defineChildList(
  ORDERS,
  {
    name: 'by_device',
    condition: sql`o.customer_id = k.customer_id and exists (select from order_device x
      where x.customer_id = o.customer_id and x.order_id = o.id and x.device_id = k.id)`,
  },
  { input: 'DeviceOrder', without: ['deviceIds', 'customerIds'] },
);

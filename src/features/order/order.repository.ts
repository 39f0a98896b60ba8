import { keysTable, rowsByIds, type ListDefinition, type ParentKey, type ParentLink } from '../../platform/list/list';
import type { Session, Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { DeviceEntity } from '../device/device.entity';
import { OrderDeviceEntity } from './order-device.entity';
import { OrderEventEntity } from './order-event.entity';
import { OrderItemEntity } from './order-item.entity';
import { ShipmentLeg, type OrderKind, type OrderStatus } from './order-status';
import { OrderEntity } from './order.entity';

/** The conditions on orders; absent and null are none. */
export interface OrderQuery {
  status?: OrderStatus[] | null;
  patientIds?: string[] | null;
  siteIds?: string[] | null;
  deviceIds?: string[] | null;
  kind?: OrderKind | null;
  externalOrderId?: string | null;
  createdFrom?: Date | null;
  /** Exclusive. */
  createdTo?: Date | null;
  customerIds?: string[] | null;
}

/** Newest first: ids are drawn as orders are created. */
export const ORDERS: ListDefinition<OrderEntity, OrderQuery> = {
  name: 'orders',
  entity: OrderEntity,
  table: 'device_order',
  alias: 'o',
  conditions: (sql, query) => [
    ...(query.status != null ? [sql.oneOf('o.current_status', query.status, 'text')] : []),
    ...(query.patientIds != null ? [sql.oneOf('o.patient_id', query.patientIds, 'bigint')] : []),
    ...(query.siteIds != null ? [sql.oneOf('o.site_id', query.siteIds, 'bigint')] : []),
    ...(query.deviceIds != null
      ? [
          `(o.customer_id, o.id) in (select x.customer_id, x.order_id from order_device x
             where ${sql.owned('x')} and ${sql.oneOf('x.device_id', query.deviceIds, 'bigint')})`,
        ]
      : []),
    ...(query.kind != null ? [`o.kind = ${sql.value(query.kind, 'text')}`] : []),
    ...(query.externalOrderId != null ? [`o.external_order_id = ${sql.value(query.externalOrderId, 'text')}`] : []),
    ...(query.createdFrom != null ? [`o.created_at >= ${sql.value(query.createdFrom, 'timestamptz')}`] : []),
    ...(query.createdTo != null ? [`o.created_at < ${sql.value(query.createdTo, 'timestamptz')}`] : []),
    ...(query.customerIds != null ? [sql.oneOf('o.customer_id', query.customerIds, 'bigint')] : []),
  ],
  order: () => ({ descending: true }),
};

export const ORDERS_OF_PATIENT: ParentLink = {
  name: 'by_patient',
  condition: () => 'o.customer_id = k.customer_id and o.patient_id = k.id',
};

/** A warehouse is nobody's recipient, so the parent's customer is the order's too. */
export const ORDERS_OF_SITE: ParentLink = {
  name: 'by_site',
  condition: () => 'o.customer_id = k.customer_id and o.site_id = k.id',
};

/** Those that send the device, and those that expect it back. */
export const ORDERS_OF_DEVICE: ParentLink = {
  name: 'by_device',
  condition: () =>
    `o.customer_id = k.customer_id and exists (select from order_device x
       where x.customer_id = o.customer_id and x.order_id = o.id and x.device_id = k.id)`,
};

export function findOrders(session: Session, ids: readonly string[]): Promise<OrderEntity[]> {
  return rowsByIds(session, ORDERS, ids);
}

export async function findItemsOfOrders(session: Session, orders: readonly ParentKey[]): Promise<OrderItemEntity[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<OrderItemEntity>(
    sql.build(
      'items_by_order',
      `select ${selectList(OrderItemEntity, 'i')} from ${keysTable(sql, orders)}
         join order_item i on i.customer_id = k.customer_id and i.order_id = k.id
       order by i.order_id, i.line`,
    ),
  );
}

export async function findEventsOfOrders(session: Session, orders: readonly ParentKey[]): Promise<OrderEventEntity[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<OrderEventEntity>(
    sql.build(
      'events_by_order',
      `select ${selectList(OrderEventEntity, 'e')} from ${keysTable(sql, orders)}
         join order_event e on e.customer_id = k.customer_id and e.order_id = k.id
       order by e.order_id, e.id`,
    ),
  );
}

/** A device that an order sends or expects back, as it is now. */
export type DeviceOfOrder = DeviceEntity & Pick<OrderDeviceEntity, 'leg'> & { ofOrderId: string };

export async function findDevicesOfOrders(session: Session, orders: readonly ParentKey[]): Promise<DeviceOfOrder[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<DeviceOfOrder>(
    sql.build(
      'devices_by_order',
      `select ${selectList(DeviceEntity, 'd')}, x.leg, x.order_id as "ofOrderId" from ${keysTable(sql, orders)}
         join order_device x on x.customer_id = k.customer_id and x.order_id = k.id
         join device d on d.customer_id = x.customer_id and d.id = x.device_id
       order by x.order_id, d.id`,
    ),
  );
}

/** Takes the row lock of an order; undefined when there is none. */
export async function lockOrder(tx: Tx, id: string): Promise<OrderEntity | undefined> {
  const sql = new StatementBuilder(tx.scope);
  const [order] = await tx.query<OrderEntity>(
    sql.build(
      'lock_order',
      `select ${selectList(OrderEntity, 'o')} from device_order o
       where ${sql.owned('o')} and ${sql.key('o.id')} = ${sql.value(id, 'bigint')} for update`,
    ),
  );
  return order;
}

/** A device that is in an order or on its return leg now, with where it came from. */
export type LockedDeviceOfOrder = DeviceEntity & { warehouseId: string | null };

/** Locks the devices that are in an order now, or on its return leg, in the order of their ids. */
export async function lockDevicesOfOrder(tx: Tx, order: ParentKey, leg: ShipmentLeg): Promise<LockedDeviceOfOrder[]> {
  const sql = new StatementBuilder(tx.scope);
  const reference = leg === ShipmentLeg.OUTBOUND ? 'd.order_id' : 'd.return_order_id';
  return tx.query<LockedDeviceOfOrder>(
    sql.build(
      `lock_devices_of_order_${leg.toLowerCase()}`,
      `select ${selectList(DeviceEntity, 'd')}, x.warehouse_id as "warehouseId"
       from device d join order_device x on x.customer_id = d.customer_id and x.order_id = ${reference} and x.device_id = d.id
       where d.customer_id = ${sql.value(order.customerId, 'bigint')} and ${reference} = ${sql.value(order.id, 'bigint')}
       order by d.id for update of d`,
    ),
  );
}

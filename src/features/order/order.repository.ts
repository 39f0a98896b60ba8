import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, key, owned, raw } from '../../platform/db/sql';
import { deviceTable, type DeviceEntity } from '../device/device.entity';
import { OrderDeviceEntity } from './order-device.entity';
import { orderEventTable, type OrderEventEntity } from './order-event.entity';
import { orderItemTable, type OrderItemEntity } from './order-item.entity';
import { ShipmentLeg } from './order-status';
import { orderTable, type OrderEntity } from './order.entity';

export async function findItemsOfOrders(session: Session, orders: readonly ParentKey[]): Promise<OrderItemEntity[]> {
  return session.sql<OrderItemEntity>`/* items_by_order */ select ${orderItemTable.select('i')} from ${keysTable(orders)}
      join order_item i on i.customer_id = k.customer_id and i.order_id = k.id
    order by i.order_id, i.line`;
}

export async function findEventsOfOrders(session: Session, orders: readonly ParentKey[]): Promise<OrderEventEntity[]> {
  return session.sql<OrderEventEntity>`/* events_by_order */ select ${orderEventTable.select('e')} from ${keysTable(orders)}
      join order_event e on e.customer_id = k.customer_id and e.order_id = k.id
    order by e.order_id, e.id`;
}

/** A device that an order sends or expects back, as it is now. */
export type DeviceOfOrder = DeviceEntity & Pick<OrderDeviceEntity, 'leg'> & { ofOrderId: string };

export async function findDevicesOfOrders(session: Session, orders: readonly ParentKey[]): Promise<DeviceOfOrder[]> {
  return session.sql<DeviceOfOrder>`/* devices_by_order */ select ${deviceTable.select('d')}, x.leg, x.order_id as "ofOrderId" from ${keysTable(orders)}
      join order_device x on x.customer_id = k.customer_id and x.order_id = k.id
      join device d on d.customer_id = x.customer_id and d.id = x.device_id
    order by x.order_id, d.id`;
}

/** Takes the row lock of an order; undefined when there is none. */
export async function lockOrder(tx: Tx, id: string): Promise<OrderEntity | undefined> {
  const [order] = await tx.sql<OrderEntity>`/* lock_order */ select ${orderTable.select('o')} from device_order o
    where ${owned('o')} and ${key('o.id')} = ${bigint(id)} for update`;
  return order;
}

/** A device that is in an order or on its return leg now, with where it came from. */
export type LockedDeviceOfOrder = DeviceEntity & { warehouseId: string | null };

/** Locks the devices that are in an order now, or on its return leg, in the order of their ids. */
export async function lockDevicesOfOrder(tx: Tx, order: ParentKey, leg: ShipmentLeg): Promise<LockedDeviceOfOrder[]> {
  const reference = leg === ShipmentLeg.OUTBOUND ? raw('d.order_id') : raw('d.return_order_id');
  return tx.sql<LockedDeviceOfOrder>`/* lock_devices_of_order_${raw(leg.toLowerCase())} */ select ${deviceTable.select('d')}, x.warehouse_id as "warehouseId"
    from device d join order_device x on x.customer_id = d.customer_id and x.order_id = ${reference} and x.device_id = d.id
    where d.customer_id = ${bigint(order.customerId)} and ${reference} = ${bigint(order.id)}
    order by d.id for update of d`;
}

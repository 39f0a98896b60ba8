import { toActorColumns } from '../../platform/access/actor';
import type { Cause } from '../../platform/operation/use-case';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { childrenLoader } from '../../platform/list/loader';
import { keysTable, rowsBelow, type ParentKey } from '../../platform/list/list';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, int, raw, sql, text, texts } from '../../platform/db/sql';
import { identifierKeys } from '../device/device-identifier-forms';
import { deviceTable, type DeviceEntity } from '../device/device.entity';
import { LOCK_ORDER } from '../device/device.repository';
import { namedBy } from '../device/identified-devices';
import { orderDeviceTable, type OrderDeviceEntity } from './order-device.entity';
import { orderEventTable, type OrderEventEntity } from './order-event.entity';
import { orderLineTable, type OrderLineEntity } from './order-line.entity';
import { ParcelDirection } from './order-status';
import { orderTable, type OrderEntity } from './order.entity';

export const findLinesOfOrders = rowsBelow('lines_by_order', orderLineTable, 'order_id', 'c.order_id, c.line');

/** A device that an order sends or expects back, in its current state. */
export type DeviceOfOrder = DeviceEntity & Pick<OrderDeviceEntity, 'leg'> & { ofOrderId: string };

export async function findDevicesOfOrders(session: Session, orders: readonly ParentKey[]): Promise<DeviceOfOrder[]> {
  return session.sql<DeviceOfOrder>`/* devices_by_order */ select ${deviceTable.select('d')}, x.leg, x.order_id as "ofOrderId" from ${keysTable(orders)}
      join order_device x on x.customer_id = k.customer_id and x.order_id = k.id
      join device d on d.customer_id = x.customer_id and d.id = x.device_id
    order by x.order_id, d.id`;
}

export const linesByOrder = childrenLoader('lines_by_order', findLinesOfOrders, 'orderId');

/** A device that is in an order or on its return leg, with the warehouse that it came from. */
export type LockedDeviceOfOrder = DeviceEntity & Pick<OrderDeviceEntity, 'leg'> & { warehouseId: string | null };

/** Locks the devices that are still in an order, or on its return leg, with one statement for all legs. */
export async function lockDevicesOfOrder(
  tx: Tx,
  order: ParentKey,
  ...legs: readonly ParcelDirection[]
): Promise<LockedDeviceOfOrder[]> {
  return tx.sql<LockedDeviceOfOrder>`/* lock_devices_of_order */ select ${deviceTable.select('d')}, x.leg, x.warehouse_id as "warehouseId"
    from order_device x join device d on d.customer_id = x.customer_id and d.id = x.device_id
      and x.order_id = case x.leg when ${text(ParcelDirection.OUTBOUND)} then d.order_id else d.return_order_id end
    where x.customer_id = ${bigint(order.customerId)} and x.order_id = ${bigint(order.id)} and x.leg = any(${texts(legs)})
    order by ${LOCK_ORDER} for no key update of d`;
}

/** Locks the devices of an order against leaving it until the transaction ends, without reading them. */
export async function holdDevicesOfOrder(tx: Tx, { customerId, id }: ParentKey): Promise<void> {
  await tx.sql`/* hold_devices_of_order */ select count(*) from (
      select from device d where d.customer_id = ${bigint(customerId)} and d.order_id = ${bigint(id)}
      order by ${LOCK_ORDER} for share
    ) held`;
}

export type NewOrder = Pick<
  OrderEntity,
  'customerId' | 'kind' | 'currentStatus' | 'patientId' | 'siteId' | 'externalOrderId' | 'shipTo'
>;

export type NewOrderLine = Pick<OrderLineEntity, 'itemId' | 'quantity'>;

/** @returns undefined when another order of the customer has the same `externalOrderId` */
export async function insertOrder(
  tx: Tx,
  order: NewOrder,
  lines: readonly NewOrderLine[],
): Promise<OrderEntity | undefined> {
  const conflict = raw('on conflict on constraint device_order_external_order_id_unique do nothing');
  const [inserted] = await orderTable.insert(tx, [order], { name: 'insert_order', conflict });
  if (!inserted) return undefined;
  const { customerId, id: orderId } = inserted;
  const rows = lines.map((line, index) => ({ customerId, orderId, line: index + 1, ...line }));
  await orderLineTable.insert(tx, rows, { name: 'insert_order_lines' });
  return inserted;
}

export async function findOrderByExternalId(
  tx: Tx,
  customerId: string,
  externalOrderId: string,
): Promise<OrderEntity | undefined> {
  const [order] =
    await tx.sql<OrderEntity>`/* order_by_external_id */ select ${orderTable.select('o')} from device_order o
    where o.customer_id = ${bigint(customerId)} and o.external_order_id = ${text(externalOrderId)}`;
  return order;
}

/** Records the devices that an order sends, with their warehouses. */
export async function insertOutboundDevices(
  tx: Tx,
  { customerId, id: orderId }: OrderEntity,
  devices: readonly DeviceEntity[],
): Promise<void> {
  const rows = devices.map(({ id: deviceId, siteId: warehouseId }) => {
    const warehouse = { warehouseCustomerId: IMPILO_CUSTOMER_ID, warehouseId };
    return { customerId, orderId, deviceId, leg: ParcelDirection.OUTBOUND, ...warehouse };
  });
  await orderDeviceTable.insert(tx, rows, { name: 'insert_order_devices' });
}

/** Whether exactly the devices with these identifiers, each named once, are in an order. Those that were taken out do not count. */
export async function sendsExactly(
  tx: Tx,
  { customerId, id }: ParentKey,
  identifiers: readonly string[],
): Promise<boolean> {
  const [row] = await tx.sql<{ same: boolean }>`/* order_sends_exactly */ with named as (
      select distinct i.device_id from device_identifier i
      where i.customer_id = ${bigint(customerId)} and ${namedBy(identifiers.flatMap((identifier) => identifierKeys(identifier)))}
    ), sent as (
      select d.id as device_id from device d where d.customer_id = ${bigint(customerId)} and d.order_id = ${bigint(id)}
    )
    select (select count(*) from sent) = ${int(identifiers.length)}
      and (select count(*) from sent join named using (device_id)) = ${int(identifiers.length)} as same`;
  return row!.same;
}

/** Records the device that an order expects back. */
export async function insertReturnDevice(
  tx: Tx,
  { customerId, id: orderId }: OrderEntity,
  { id: deviceId }: DeviceEntity,
): Promise<void> {
  const row = { customerId, orderId, deviceId, leg: ParcelDirection.RETURN };
  await orderDeviceTable.insert(tx, [row], { name: 'insert_order_devices' });
}

/** The columns of an order that a change sets. */
export type OrderChange = Pick<OrderEntity, 'currentStatus'> & Partial<Pick<OrderEntity, 'parcels'>>;

/** Changes a locked order. */
export async function changeOrder(tx: Tx, { customerId, id }: OrderEntity, change: OrderChange): Promise<OrderEntity> {
  const computed = { updatedAt: sql`greatest(clock_timestamp(), t.updated_at)`, version: sql`t.version + 1` };
  return orderTable.updateOne(tx, { customerId, id, ...change }, { name: 'change_order', computed });
}

/** An event of an order, without its key, time and cause. */
export type NewOrderEvent = Pick<OrderEventEntity, '__typename' | 'previousStatus' | 'status' | 'parcel'>;

/** Inserts one history row for each event, in input order. */
export async function insertOrderEvents(
  tx: Tx,
  { customerId, id: orderId, updatedAt: occurredAt }: OrderEntity,
  newEvents: readonly NewOrderEvent[],
  { note, actor }: Cause,
): Promise<OrderEventEntity[]> {
  const cause = { note, ...toActorColumns('actor', actor) };
  const rows = newEvents.map((event) => ({ customerId, orderId, occurredAt, ...event, ...cause }));
  return orderEventTable.insert(tx, rows, { name: 'insert_order_events' });
}

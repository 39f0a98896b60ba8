import type { ActorValue } from '../../platform/access/actor';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import type { DeviceEntity } from '../device/device.entity';
import { OrderDeviceEntity } from './order-device.entity';
import { OrderEventEntity } from './order-event.entity';
import { OrderItemEntity } from './order-item.entity';
import { ShipmentLeg, type OrderStatus } from './order-status';
import { OrderEntity, type TrackingNumberValue } from './order.entity';

export type NewOrder = Pick<
  OrderEntity,
  'customerId' | 'kind' | 'currentStatus' | 'patientId' | 'siteId' | 'externalOrderId' | 'shipTo' | 'note'
>;

export interface OrderLine {
  itemId: string;
  count: number;
}

export async function insertOrder(tx: Tx, order: NewOrder, lines: readonly OrderLine[]): Promise<OrderEntity> {
  const sql = new StatementBuilder(tx.scope);
  const { customerId, kind, currentStatus, patientId, siteId, externalOrderId, shipTo, note } = order;
  const [inserted] = await tx.query<OrderEntity>(
    sql.build(
      'insert_order',
      `insert into device_order as o (customer_id, kind, current_status, patient_id, site_id, external_order_id, ship_to, note)
       values (${sql.value(customerId, 'bigint')}, ${sql.value(kind, 'text')}, ${sql.value(currentStatus, 'text')},
         ${sql.value(patientId, 'bigint')}, ${sql.value(siteId, 'bigint')}, ${sql.value(externalOrderId, 'text')},
         ${sql.value(shipTo && JSON.stringify(shipTo), 'jsonb')}, ${sql.value(note, 'text')})
       returning ${selectList(OrderEntity, 'o')}`,
    ),
  );
  const orderId = inserted!.id;
  const rows = lines.map(({ itemId, count }, index) => ({ customerId, orderId, line: index + 1, itemId, count }));
  await tx.manager.insert(OrderItemEntity, rows);
  return inserted!;
}

/** Notes which devices an order sends, and from where. */
export async function insertOutboundDevices(
  tx: Tx,
  order: OrderEntity,
  devices: readonly DeviceEntity[],
): Promise<void> {
  await insertDevices(
    tx,
    order,
    devices.map(({ id, siteId }) => ({
      deviceId: id,
      leg: ShipmentLeg.OUTBOUND,
      warehouseCustomerId: IMPILO_CUSTOMER_ID,
      warehouseId: siteId,
    })),
  );
}

/** Notes which device an order expects back. */
export async function insertReturnDevice(tx: Tx, order: OrderEntity, device: DeviceEntity): Promise<void> {
  await insertDevices(tx, order, [
    { deviceId: device.id, leg: ShipmentLeg.RETURN, warehouseCustomerId: null, warehouseId: null },
  ]);
}

/** In one statement, since an order may have thousands and PostgreSQL takes 65,535 values of single rows. */
async function insertDevices(
  tx: Tx,
  { customerId, id }: OrderEntity,
  devices: readonly Omit<OrderDeviceEntity, 'customerId' | 'orderId'>[],
): Promise<void> {
  const sql = new StatementBuilder(tx.scope);
  const rows = sql.unnest(
    devices,
    ['bigint', ({ deviceId }) => deviceId],
    ['text', ({ leg }) => leg],
    ['bigint', ({ warehouseCustomerId }) => warehouseCustomerId],
    ['bigint', ({ warehouseId }) => warehouseId],
  );
  await tx.query(
    sql.build(
      'insert_order_devices',
      `insert into order_device (customer_id, order_id, device_id, leg, warehouse_customer_id, warehouse_id)
       select ${sql.value(customerId, 'bigint')}, ${sql.value(id, 'bigint')}, n.* from ${rows} n`,
    ),
  );
}

/** What of an order changes. */
export interface OrderChange {
  status: OrderStatus;
  trackingNumbers?: readonly TrackingNumberValue[];
}

/** Changes a locked order. */
export async function changeOrder(tx: Tx, order: OrderEntity, change: OrderChange): Promise<OrderEntity> {
  const sql = new StatementBuilder(tx.scope);
  const trackingNumbers = JSON.stringify(change.trackingNumbers ?? order.trackingNumbers);
  const [changed] = await tx.query<OrderEntity>(
    sql.build(
      'change_order',
      `update device_order o set current_status = ${sql.value(change.status, 'text')},
         tracking_numbers = ${sql.value(trackingNumbers, 'jsonb')}, updated_at = greatest(clock_timestamp(), o.updated_at)
       where o.customer_id = ${sql.value(order.customerId, 'bigint')} and o.id = ${sql.value(order.id, 'bigint')}
       returning ${selectList(OrderEntity, 'o')}`,
    ),
  );
  return changed!;
}

/** One row of an order's history for each status, in the order given. */
export async function insertOrderEvents(
  tx: Tx,
  order: OrderEntity,
  statuses: readonly OrderStatus[],
  { note, actor }: { note: string | null; actor: ActorValue },
): Promise<OrderEventEntity[]> {
  const sql = new StatementBuilder(tx.scope);
  return tx.query<OrderEventEntity>(
    sql.build(
      'insert_order_events',
      `insert into order_event as e (customer_id, order_id, status, note, at, by_kind, by_label)
       select ${sql.value(order.customerId, 'bigint')}, ${sql.value(order.id, 'bigint')}, n.status, ${sql.value(note, 'text')},
         ${sql.value(order.updatedAt, 'timestamptz')}, ${sql.value(actor.kind, 'text')}, ${sql.value(actor.label, 'text')}
       from unnest(${sql.value(statuses, 'text[]')}) with ordinality n(status, ordinality) order by n.ordinality
       returning ${selectList(OrderEventEntity, 'e')}`,
    ),
  );
}

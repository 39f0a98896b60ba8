import type { ActorValue } from '../../platform/access/actor';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { sql } from '../../platform/db/sql';
import type { DeviceEntity } from '../device/device.entity';
import { orderDeviceTable } from './order-device.entity';
import { orderEventTable, type OrderEventEntity } from './order-event.entity';
import { orderItemTable } from './order-item.entity';
import { ShipmentLeg, type OrderStatus } from './order-status';
import { orderTable, type OrderEntity } from './order.entity';

export type NewOrder = Pick<
  OrderEntity,
  'customerId' | 'kind' | 'currentStatus' | 'patientId' | 'siteId' | 'externalOrderId' | 'shipTo' | 'note'
>;

export interface OrderLine {
  itemId: string;
  count: number;
}

export async function insertOrder(tx: Tx, order: NewOrder, lines: readonly OrderLine[]): Promise<OrderEntity> {
  const [inserted] = await orderTable.insert(tx, [order], { name: 'insert_order' });
  const { customerId, id: orderId } = inserted!;
  const items = lines.map(({ itemId, count }, index) => ({ customerId, orderId, line: index + 1, itemId, count }));
  await orderItemTable.insert(tx, items, { name: 'insert_order_items' });
  return inserted!;
}

/** Notes which devices an order sends, and from where. */
export async function insertOutboundDevices(
  tx: Tx,
  { customerId, id: orderId }: OrderEntity,
  devices: readonly DeviceEntity[],
): Promise<void> {
  const rows = devices.map(({ id: deviceId, siteId: warehouseId }) => {
    const warehouse = { warehouseCustomerId: IMPILO_CUSTOMER_ID, warehouseId };
    return { customerId, orderId, deviceId, leg: ShipmentLeg.OUTBOUND, ...warehouse };
  });
  await orderDeviceTable.insert(tx, rows, { name: 'insert_order_devices' });
}

/** Notes which device an order expects back. */
export async function insertReturnDevice(
  tx: Tx,
  { customerId, id: orderId }: OrderEntity,
  { id: deviceId }: DeviceEntity,
): Promise<void> {
  const row = { customerId, orderId, deviceId, leg: ShipmentLeg.RETURN };
  await orderDeviceTable.insert(tx, [row], { name: 'insert_order_devices' });
}

/** What of an order changes. */
export type OrderChange = Pick<OrderEntity, 'currentStatus'> & Partial<Pick<OrderEntity, 'trackingNumbers'>>;

/** Changes a locked order. */
export async function changeOrder(tx: Tx, { customerId, id }: OrderEntity, change: OrderChange): Promise<OrderEntity> {
  const [changed] = await orderTable.update(tx, [{ customerId, id, ...change }], {
    name: 'change_order',
    computed: { updatedAt: sql`greatest(clock_timestamp(), t.updated_at)` },
  });
  return changed!;
}

/** One row of an order's history for each status, in the order given. */
export async function insertOrderEvents(
  tx: Tx,
  { customerId, id: orderId, updatedAt: at }: OrderEntity,
  statuses: readonly OrderStatus[],
  { note, actor }: { note: string | null; actor: ActorValue },
): Promise<OrderEventEntity[]> {
  const cause = { note, byKind: actor.kind, byLabel: actor.label };
  const rows = statuses.map((status) => ({ customerId, orderId, status, at, ...cause }));
  return orderEventTable.insert(tx, rows, { name: 'insert_order_events' });
}

import { Column, Entity, ForeignKey, PrimaryColumn } from '../../platform/db/entity';
import { OwnedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { ParcelDirection } from './order-status';

/** A device that an order sends or expects back. The row stays when the device leaves the order. */
@Entity('order_device')
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'order_device_order' })
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'order_device_device' })
@ForeignKey('SiteEntity', ['warehouseCustomerId', 'warehouseId'], ['customerId', 'id'], {
  name: 'order_device_warehouse',
})
export class OrderDeviceEntity extends OwnedRow {
  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  @PrimaryColumn({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @Column({ type: 'text' })
  leg: ParcelDirection;

  /** Impilo, the owner of the warehouse. Null on the return leg. */
  @Column({ name: 'warehouse_customer_id', type: 'bigint', nullable: true })
  warehouseCustomerId: string | null;

  /** Warehouse that an outbound device came from. It goes back there if the order is canceled. */
  @Column({ name: 'warehouse_id', type: 'bigint', nullable: true })
  warehouseId: string | null;
}

export const orderDeviceTable = new Table(OrderDeviceEntity);

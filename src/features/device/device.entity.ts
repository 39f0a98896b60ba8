import { Column, Entity, ForeignKey } from '../../platform/db/entity';
import { VersionedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { DevicePlacement, DeviceStatus } from './device-status';

@Entity('device')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'device_customer_id_fkey' })
@ForeignKey('ItemEntity', ['itemId'], ['id'], { name: 'device_item_id_fkey' })
@ForeignKey('SiteEntity', ['siteCustomerId', 'siteId'], ['customerId', 'id'], { name: 'device_site' })
@ForeignKey('PatientEntity', ['customerId', 'patientId'], ['customerId', 'id'], { name: 'device_patient' })
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'device_open_order' })
@ForeignKey('OrderEntity', ['customerId', 'returnOrderId'], ['customerId', 'id'], { name: 'device_return_order' })
export class DeviceEntity extends VersionedRow {
  @Column({ name: 'item_id', type: 'bigint' })
  itemId: string;

  @Column({ name: 'current_status', type: 'text' })
  currentStatus: DeviceStatus;

  @Column({ name: 'status_changed_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  statusChangedAt: Date;

  /** Owner of the site: the device's customer or Impilo. Null exactly when `siteId` is null. */
  @Column({ name: 'site_customer_id', type: 'bigint', nullable: true })
  siteCustomerId: string | null;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;

  /** The holder. Two foreign keys keep it equal to the patient of the open association. */
  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  /** Open order that dispatched the device. */
  @Column({ name: 'order_id', type: 'bigint', nullable: true })
  orderId: string | null;

  /** Order that expects the device back: its open return leg. */
  @Column({ name: 'return_order_id', type: 'bigint', nullable: true })
  returnOrderId: string | null;

  /** Computed by the database from the columns above. The expression is in the migration; TypeORM requires a non-empty one. */
  @Column({ type: 'text', generatedType: 'STORED', asExpression: ' ' })
  placement: DevicePlacement;
}

export const deviceTable = new Table(DeviceEntity);

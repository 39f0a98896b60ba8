import { Column, Entity, ForeignKey } from 'typeorm';
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

  /** Whose site it is: the device's customer or Impilo. Null exactly when `siteId` is. */
  @Column({ name: 'site_customer_id', type: 'bigint', nullable: true })
  siteCustomerId: string | null;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;

  /** The holder: the patient of the open association, kept equal to it by two foreign keys. */
  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  /** The open order that dispatched it. */
  @Column({ name: 'order_id', type: 'bigint', nullable: true })
  orderId: string | null;

  /** The order on whose return leg it is. */
  @Column({ name: 'return_order_id', type: 'bigint', nullable: true })
  returnOrderId: string | null;

  /** Where it is, which the database makes of the columns above. The expression stands in the migration; TypeORM wants one that is not empty. */
  @Column({ type: 'text', generatedType: 'STORED', asExpression: ' ' })
  placement: DevicePlacement;
}

export const deviceTable = new Table(DeviceEntity);

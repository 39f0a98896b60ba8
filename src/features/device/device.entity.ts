import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { Table } from '../../platform/db/table';
import type { DeviceStatus } from './device-status';

@Entity('device')
export class DeviceEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column({ name: 'item_id', type: 'bigint' })
  itemId: string;

  @Column({ name: 'current_status', type: 'text' })
  currentStatus: DeviceStatus;

  @Column({ name: 'status_changed_at', type: 'timestamptz', precision: 3 })
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

  @Column({ type: 'integer' })
  version: number;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

export const deviceTable = new Table(DeviceEntity);

import { Column, Entity, ForeignKey, Unique } from '../../platform/db/entity';
import { Table } from '../../platform/db/table';
import { DeviceChangeRow } from './device-change-row.entity';
import type { DeviceStatus, DeviceStatusChangeReason } from './device-status';

@Entity('device_status_change')
@Unique('device_status_change_version', ['customerId', 'deviceId', 'deviceVersion'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'device_status_change_device' })
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'device_status_change_order' })
export class DeviceStatusChangeEntity extends DeviceChangeRow {
  @Column({ name: 'previous_status', type: 'text', nullable: true })
  previousStatus: DeviceStatus | null;

  @Column({ type: 'text' })
  status: DeviceStatus;

  @Column({ type: 'text' })
  reason: DeviceStatusChangeReason;

  /** Order that made the change. Null when no order did. */
  @Column({ name: 'order_id', type: 'bigint', nullable: true })
  orderId: string | null;

  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  @Column({ name: 'previous_patient_id', type: 'bigint', nullable: true })
  previousPatientId: string | null;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;

  @Column({ name: 'previous_site_id', type: 'bigint', nullable: true })
  previousSiteId: string | null;
}

export const deviceStatusChangeTable = new Table(DeviceStatusChangeEntity);

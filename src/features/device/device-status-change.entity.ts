import { Column, Entity, ForeignKey, Unique } from 'typeorm';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { ActorKind } from '../../platform/access/actor';
import type { DeviceStatus, DeviceStatusChangeReason } from './device-status';

@Entity('device_status_change')
@Unique('device_status_change_version', ['customerId', 'deviceId', 'deviceVersion'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'device_status_change_device' })
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'device_status_change_order' })
export class DeviceStatusChangeEntity extends CustomerRow {
  /** Event of the change, for stream cursors. Stays when the event is pruned. */
  @Column({ name: 'event_id', type: 'bigint', default: () => `nextval('event_id_seq')` })
  eventId: string;

  @Column({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @Column({ name: 'device_version', type: 'integer' })
  deviceVersion: number;

  @Column({ name: 'previous_status', type: 'text', nullable: true })
  previousStatus: DeviceStatus | null;

  @Column({ type: 'text' })
  status: DeviceStatus;

  @Column({ type: 'text' })
  reason: DeviceStatusChangeReason;

  /** Order that made the change. Null when no order did. */
  @Column({ name: 'order_id', type: 'bigint', nullable: true })
  orderId: string | null;

  @Column({ type: 'text', nullable: true })
  note: string | null;

  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  @Column({ name: 'previous_patient_id', type: 'bigint', nullable: true })
  previousPatientId: string | null;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;

  @Column({ name: 'previous_site_id', type: 'bigint', nullable: true })
  previousSiteId: string | null;

  @Column({ name: 'changed_at', type: 'timestamptz', precision: 3 })
  occurredAt: Date;

  @Column({ name: 'changed_by_kind', type: 'text' })
  actorKind: ActorKind;

  @Column({ name: 'changed_by_label', type: 'text' })
  actorLabel: string;

  @Column({ name: 'changed_by_api_key_id', type: 'bigint', nullable: true })
  actorApiKeyId: string | null;
}

export const deviceStatusChangeTable = new Table(DeviceStatusChangeEntity);

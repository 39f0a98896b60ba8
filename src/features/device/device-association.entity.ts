import { Column, Entity, ForeignKey } from '../../platform/db/entity';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { ActorKind } from '../../platform/access/actor';

@Entity('device_association')
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'device_association_device' })
@ForeignKey('PatientEntity', ['customerId', 'patientId'], ['customerId', 'id'], { name: 'device_association_patient' })
export class DeviceAssociationEntity extends CustomerRow {
  @Column({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @Column({ name: 'patient_id', type: 'bigint' })
  patientId: string;

  @Column({ name: 'started_at', type: 'timestamptz', precision: 3 })
  startedAt: Date;

  /** Exclusive. Null while the association is open. */
  @Column({ name: 'ended_at', type: 'timestamptz', precision: 3, nullable: true })
  endedAt: Date | null;

  @Column({ name: 'started_by_kind', type: 'text' })
  startedByKind: ActorKind;

  @Column({ name: 'started_by_label', type: 'text' })
  startedByLabel: string;

  @Column({ name: 'started_by_api_key_id', type: 'bigint', nullable: true })
  startedByApiKeyId: string | null;

  @Column({ name: 'ended_by_kind', type: 'text', nullable: true })
  endedByKind: ActorKind | null;

  @Column({ name: 'ended_by_label', type: 'text', nullable: true })
  endedByLabel: string | null;

  @Column({ name: 'ended_by_api_key_id', type: 'bigint', nullable: true })
  endedByApiKeyId: string | null;
}

export const deviceAssociationTable = new Table(DeviceAssociationEntity);

import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

export const DeviceStatus = {
  AVAILABLE: 'AVAILABLE',
  IN_TRANSIT: 'IN_TRANSIT',
  AVAILABLE_AT_SITE: 'AVAILABLE_AT_SITE',
  WITH_PATIENT: 'WITH_PATIENT',
  RETURNING: 'RETURNING',
  DECOMMISSIONED: 'DECOMMISSIONED',
  LOST: 'LOST',
};

const bigint = (name: string, nullable = false) => Column({ name, type: 'bigint', nullable });
const text = (name: string, nullable = false) => Column({ name, type: 'text', nullable });
const time = (name: string, nullable = false) => Column({ name, type: 'timestamptz', nullable });

@ObjectType('Site')
@Entity('site')
export class SiteRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @Field(() => ID)
  @PrimaryColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @Field()
  @Column('text')
  name: string;
}

@ObjectType('Patient')
@Entity('patient')
export class PatientRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @Field(() => ID)
  @PrimaryColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @Field(() => String, { nullable: true })
  @text('external_identifier', true)
  externalIdentifier: string | null;

  @Field()
  @text('first_name')
  firstName: string;

  @Field()
  @text('last_name')
  lastName: string;

  @text('last_name_fold')
  lastNameFold: string;

  @text('time_zone', true)
  timeZone: string | null;
}

@Entity('patient_activity')
export class PatientActivityRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'bigint' })
  patientId: string;

  @time('last_reading_at')
  lastReadingAt: Date | number;
}

@ObjectType('Device')
@Entity('device')
export class DeviceRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @Field(() => ID)
  @PrimaryColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @Field(() => DeviceStatus)
  @text('current_status')
  currentStatus: string;

  @Field(() => Int)
  @Column('int')
  version: number;

  @Field()
  @time('updated_at')
  updatedAt: Date;

  @time('status_changed_at')
  statusChangedAt: Date;

  @bigint('site_customer_id', true)
  siteCustomerId: string | null;

  @bigint('site_id', true)
  siteId: string | null;

  @bigint('patient_id', true)
  patientId: string | null;
}

@ObjectType('DeviceAssociation')
@Entity('device_association')
export class AssociationRow {
  @Field(() => ID)
  @PrimaryGeneratedColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @bigint('customer_id')
  customerId: string;

  @bigint('device_id')
  deviceId: string;

  @bigint('patient_id')
  patientId: string;

  @Field()
  @time('started_at')
  startedAt: Date;

  @time('ended_at', true)
  endedAt: Date | null;

  @text('started_by_kind')
  startedByKind: string;

  @text('started_by_label')
  startedByLabel: string;

  @text('ended_by_kind', true)
  endedByKind: string | null;

  @text('ended_by_label', true)
  endedByLabel: string | null;
}

@Entity('device_status_change')
export class StatusChangeRow {
  @PrimaryGeneratedColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @Column({ name: 'event_id', type: 'bigint', default: () => `nextval('event_id_seq')` })
  eventId: string;

  @bigint('customer_id')
  customerId: string;

  @bigint('device_id')
  deviceId: string;

  @Column({ name: 'device_version', type: 'int' })
  deviceVersion: number;

  @text('previous_status', true)
  previousStatus: string | null;

  @Column('text')
  status: string;

  @Column('text')
  reason: string;

  @text('note', true)
  note: string | null;

  @bigint('order_id', true)
  orderId: string | null;

  @bigint('patient_id', true)
  patientId: string | null;

  @bigint('previous_patient_id', true)
  previousPatientId: string | null;

  @bigint('site_id', true)
  siteId: string | null;

  @bigint('previous_site_id', true)
  previousSiteId: string | null;

  @time('changed_at')
  occurredAt: Date;

  @text('changed_by_kind')
  actorKind: string;

  @text('changed_by_label')
  actorLabel: string;

  @bigint('changed_by_api_key_id', true)
  actorApiKeyId: string | null;
}

@Entity('event')
export class EventRow {
  @PrimaryGeneratedColumn({ name: 'id', type: 'bigint' })
  id: string;

  @bigint('customer_id')
  customerId: string;

  @Column('text')
  type: string;

  @Column('jsonb')
  payload: object;
}

@Entity('reading')
export class ReadingRow {
  @PrimaryColumn({ name: 'id', type: 'bigint' })
  databaseId: string;

  @bigint('customer_id')
  customerId: string;

  @bigint('device_id', true)
  deviceId: string | null;

  @bigint('patient_id', true)
  patientId: string | null;

  @time('taken_at')
  takenAt: Date;

  @Column('smallint')
  kind: number;

  @Column({ type: 'smallint', nullable: true })
  systolic: number | null;

  @Column({ type: 'smallint', nullable: true })
  diastolic: number | null;

  @Column({ name: 'device_time_zone_offset', type: 'int', nullable: true })
  deviceTimeZoneOffset: number | null;

  @Column({ name: 'patient_time_zone_offset', type: 'int', nullable: true })
  patientTimeZoneOffset: number | null;
}

export const ENTITIES = [
  SiteRow,
  PatientRow,
  PatientActivityRow,
  DeviceRow,
  AssociationRow,
  StatusChangeRow,
  EventRow,
  ReadingRow,
];

import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from '../../platform/db/entity';
import type { MeasurementUnit } from '../kind/measurement-unit';
import { VALUES, type ReadingValues } from '../kind/reading-kind';

/** Columns that readings of all kinds have. */
@Entity('reading')
@Unique('reading_of_device', ['customerId', 'deviceId', 'takenAt', 'kindNumber', 'sourceId'])
@Unique('reading_of_patient', ['customerId', 'patientId', 'takenAt', 'deviceId', 'kindNumber', 'sourceId'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'reading_device' })
@ForeignKey('PatientEntity', ['customerId', 'patientId'], ['customerId', 'id'], { name: 'reading_patient' })
class ReadingColumns {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  /** Its upper bits hold the second of `takenAt`, see reading-id.ts. */
  @PrimaryColumn({ type: 'bigint' })
  id: string;

  @Column({ name: 'taken_at', type: 'timestamptz', precision: 3 })
  takenAt: Date;

  @Column({ name: 'received_at', type: 'timestamptz', precision: 3 })
  receivedAt: Date;

  @Column({ name: 'device_id', type: 'bigint', nullable: true })
  deviceId: string | null;

  /** Holder of the device at the effective time, or the patient that a manual reading names. */
  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  /** Seconds east of UTC, as the device sent it. */
  @Column({ name: 'device_time_zone_offset', type: 'integer', nullable: true })
  deviceTimeZoneOffset: number | null;

  /** Seconds east of UTC at `takenAt` in the patient's zone. */
  @Column({ name: 'patient_time_zone_offset', type: 'integer', nullable: true })
  patientTimeZoneOffset: number | null;

  /** `number` of the kind's definition. */
  @Column({ name: 'kind', type: 'smallint' })
  kindNumber: number;

  @Column({ type: 'boolean' })
  manual: boolean;

  /**
   * Unit in which the quantity was sent, for a quantity that has several units; a kind has at most one such quantity. Null when
   * it was sent in the unit it is stored in. Needed to return the sent number exactly and to compare values.
   */
  @Column({ name: 'sent_unit', type: 'text', nullable: true })
  sentUnit: MeasurementUnit | null;

  /** The device's own number of the reading. Empty when it sent none, see the migration. */
  @Column({ name: 'source_id', type: 'text', default: '' })
  sourceId: string;
}

const TYPES = { integer: 'smallint', decimal: 'double precision', choice: 'text' } as const;

for (const { member, column, type } of VALUES)
  Column({ name: column, type: TYPES[type], nullable: true })(ReadingColumns.prototype, member);

/**
 * A row of table `reading`. The table is partitioned by month of `takenAt`; the primary key exists per partition. Values of other
 * kinds are null.
 */
export type ReadingEntity = ReadingColumns & ReadingValues;
export const ReadingEntity = ReadingColumns as new () => ReadingEntity;

import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { MeasurementUnit } from '../kind/measurement-unit';
import { VALUES, type ReadingValues } from '../kind/reading-kind';

/** What a reading of any kind has. */
@Entity('reading')
@Unique('reading_of_device', ['customerId', 'deviceId', 'takenAt', 'kindNumber'])
@Unique('reading_of_patient', ['customerId', 'patientId', 'takenAt', 'deviceId', 'kindNumber'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'reading_device' })
@ForeignKey('PatientEntity', ['customerId', 'patientId'], ['customerId', 'id'], { name: 'reading_patient' })
class ReadingColumns {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  /** Holds the second of `takenAt` in its upper bits, see reading-id.ts. */
  @PrimaryColumn({ type: 'bigint' })
  id: string;

  @Column({ name: 'taken_at', type: 'timestamptz', precision: 3 })
  takenAt: Date;

  @Column({ name: 'received_at', type: 'timestamptz', precision: 3 })
  receivedAt: Date;

  @Column({ name: 'device_id', type: 'bigint', nullable: true })
  deviceId: string | null;

  /** Who held the device at `takenAt`, or whom a manual reading names. */
  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  /** Seconds east of UTC, as the device sent it. */
  @Column({ name: 'device_time_zone_offset', type: 'integer', nullable: true })
  deviceTimeZoneOffset: number | null;

  /** Seconds east of UTC at `takenAt` in the patient's zone. */
  @Column({ name: 'patient_time_zone_offset', type: 'integer', nullable: true })
  patientTimeZoneOffset: number | null;

  /** The number of the kind, see kinds.ts. */
  @Column({ name: 'kind', type: 'smallint' })
  kindNumber: number;

  @Column({ type: 'boolean' })
  manual: boolean;

  /**
   * In which the quantity of several units was sent, of which a kind has one at most; null for the unit that it is stored in. What
   * was sent can be shown again exactly, and whether two values are the same depends on it.
   */
  @Column({ name: 'sent_unit', type: 'text', nullable: true })
  sentUnit: MeasurementUnit | null;
}

const TYPES = { integer: 'smallint', decimal: 'double precision', choice: 'text' } as const;

for (const { member, column, type } of VALUES)
  Column({ name: column, type: TYPES[type], nullable: true })(ReadingColumns.prototype, member);

/**
 * A row of the table, which is partitioned by month of `takenAt`; each partition has the primary key. What a kind does not
 * have is null.
 */
export type ReadingEntity = ReadingColumns & ReadingValues;
export const ReadingEntity = ReadingColumns as new () => ReadingEntity;

import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A row of the table, which is partitioned by month of `takenAt`; each partition has the primary key. What a kind does not
 * have is null.
 */
@Entity('reading')
export class ReadingEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  /** Holds the second of `takenAt` in its upper bits, see new_reading_id in the migration. */
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

  /** lb. */
  @Column({ type: 'double precision', nullable: true })
  weight: number | null;

  /** °F. */
  @Column({ type: 'double precision', nullable: true })
  temperature: number | null;

  /** L/min. */
  @Column({ name: 'peak_expiratory_flow', type: 'double precision', nullable: true })
  peakExpiratoryFlow: number | null;

  /** L. */
  @Column({ name: 'forced_expiratory_volume_in_one_second', type: 'double precision', nullable: true })
  forcedExpiratoryVolumeInOneSecond: number | null;

  /** Seconds east of UTC, as the device sent it. */
  @Column({ name: 'device_time_zone_offset', type: 'integer', nullable: true })
  deviceTimeZoneOffset: number | null;

  /** Seconds east of UTC at `takenAt` in the patient's zone. */
  @Column({ name: 'patient_time_zone_offset', type: 'integer', nullable: true })
  patientTimeZoneOffset: number | null;

  /** The number of the kind, see reading-kinds.ts. */
  @Column({ name: 'kind', type: 'smallint' })
  kindNumber: number;

  /** mmHg. */
  @Column({ type: 'smallint', nullable: true })
  systolic: number | null;

  /** mmHg. */
  @Column({ type: 'smallint', nullable: true })
  diastolic: number | null;

  /** Beats a minute. */
  @Column({ name: 'heart_rate', type: 'smallint', nullable: true })
  heartRate: number | null;

  /** mg/dL. */
  @Column({ type: 'smallint', nullable: true })
  glucose: number | null;

  /** Percent. */
  @Column({ name: 'blood_oxygen', type: 'smallint', nullable: true })
  bloodOxygen: number | null;

  @Column({ type: 'boolean' })
  manual: boolean;

  @Column({ name: 'before_meal', type: 'boolean', nullable: true })
  beforeMeal: boolean | null;

  @Column({ name: 'after_meal', type: 'boolean', nullable: true })
  afterMeal: boolean | null;
}

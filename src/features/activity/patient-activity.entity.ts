import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a patient had its last reading of each kind; null where there was none. Readings change it, not the patient. */
@Entity('patient_activity')
export class PatientActivityEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryColumn({ name: 'patient_id', type: 'bigint' })
  patientId: string;

  @Column({ name: 'blood_pressure_at', type: 'timestamptz', precision: 3, nullable: true })
  bloodPressureAt: Date | null;

  @Column({ name: 'blood_glucose_at', type: 'timestamptz', precision: 3, nullable: true })
  bloodGlucoseAt: Date | null;

  @Column({ name: 'blood_oxygen_at', type: 'timestamptz', precision: 3, nullable: true })
  bloodOxygenAt: Date | null;

  @Column({ name: 'weight_at', type: 'timestamptz', precision: 3, nullable: true })
  weightAt: Date | null;

  @Column({ name: 'heart_rate_at', type: 'timestamptz', precision: 3, nullable: true })
  heartRateAt: Date | null;

  @Column({ name: 'temperature_at', type: 'timestamptz', precision: 3, nullable: true })
  temperatureAt: Date | null;

  @Column({ name: 'peak_flow_at', type: 'timestamptz', precision: 3, nullable: true })
  peakFlowAt: Date | null;
}

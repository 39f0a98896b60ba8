/** A row of `reading` but for its id, which the database gives. What a kind does not have is null. */
export interface ReadingRow extends QuantityColumns {
  customer_id: number;
  taken_at: Date;
  received_at: Date;
  device_id: number | null;
  patient_id: number | null;
  /** Seconds east of UTC. */
  device_time_zone_offset: number | null;
  /** Seconds east of UTC. */
  patient_time_zone_offset: number | null;
  /** See reading-kinds.ts. */
  kind: number;
  manual: boolean;
}

/** What was measured; units: mmHg, beats a minute, mg/dL, percent, lb, °F, L/min and L. */
export interface QuantityColumns {
  systolic: number | null;
  diastolic: number | null;
  heart_rate: number | null;
  glucose: number | null;
  before_meal: boolean | null;
  after_meal: boolean | null;
  blood_oxygen: number | null;
  weight: number | null;
  temperature: number | null;
  peak_expiratory_flow: number | null;
  forced_expiratory_volume_in_one_second: number | null;
}

/** Written out column by column: spreading 50,000 times took half a second. */
export function toReadingRow(
  whose: Omit<ReadingRow, keyof QuantityColumns>,
  measured: Partial<QuantityColumns>,
): ReadingRow {
  return {
    customer_id: whose.customer_id,
    taken_at: whose.taken_at,
    received_at: whose.received_at,
    device_id: whose.device_id,
    patient_id: whose.patient_id,
    device_time_zone_offset: whose.device_time_zone_offset,
    patient_time_zone_offset: whose.patient_time_zone_offset,
    kind: whose.kind,
    manual: whose.manual,
    systolic: measured.systolic ?? null,
    diastolic: measured.diastolic ?? null,
    heart_rate: measured.heart_rate ?? null,
    glucose: measured.glucose ?? null,
    before_meal: measured.before_meal ?? null,
    after_meal: measured.after_meal ?? null,
    blood_oxygen: measured.blood_oxygen ?? null,
    weight: measured.weight ?? null,
    temperature: measured.temperature ?? null,
    peak_expiratory_flow: measured.peak_expiratory_flow ?? null,
    forced_expiratory_volume_in_one_second: measured.forced_expiratory_volume_in_one_second ?? null,
  };
}

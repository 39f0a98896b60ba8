import { KINDS } from '../src/features/kind/reading-kind';

/** A reading as all contestants are sent it: what `ReadingInput` of the gateway's schema takes. */
export interface SentReading extends Partial<
  Record<(typeof KINDS)[number]['member'], Record<string, number | boolean>>
> {
  deviceId: string;
  /** RFC 3339. */
  takenAt: string;
  deviceTimeZoneOffset: number | null;
}

export const CUSTOMER_ID = '1';

/**
 * The columns that a reading arrives with and that are worked out for it, with their types. `id` and `received_at` are the
 * statement's.
 */
export const READING_COLUMNS = {
  taken_at: 'timestamptz',
  customer_id: 'bigint',
  device_id: 'bigint',
  patient_id: 'bigint',
  weight: 'float8',
  temperature: 'float8',
  peak_expiratory_flow: 'float8',
  forced_expiratory_volume_in_one_second: 'float8',
  device_time_zone_offset: 'int4',
  patient_time_zone_offset: 'int4',
  kind: 'int2',
  systolic: 'int2',
  diastolic: 'int2',
  heart_rate: 'int2',
  glucose: 'int2',
  blood_oxygen: 'int2',
  manual: 'boolean',
  before_meal: 'boolean',
  after_meal: 'boolean',
} as const;

type Row = Record<keyof typeof READING_COLUMNS, unknown>;

/** What a hand-written ingest takes as known and the gateway finds out: who has which device, and that patient's clock. */
export interface Holder {
  patientId: string;
  /** Seconds east of UTC. */
  offset: number;
}

/** The row of a reading, without a check. Nobody measures a value that its kind does not have. */
export function toRow(sent: SentReading, { patientId, offset }: Holder): Row {
  const { number, member } = KINDS.find((kind) => sent[kind.member] !== undefined)!;
  const values = sent[member]!;
  return {
    taken_at: sent.takenAt,
    customer_id: CUSTOMER_ID,
    device_id: sent.deviceId,
    patient_id: patientId,
    weight: values.weight ?? null,
    temperature: values.temperature ?? null,
    peak_expiratory_flow: values.peakExpiratoryFlow ?? null,
    forced_expiratory_volume_in_one_second: values.forcedExpiratoryVolumeInOneSecond ?? null,
    device_time_zone_offset: sent.deviceTimeZoneOffset,
    patient_time_zone_offset: offset,
    kind: number,
    systolic: values.systolic ?? null,
    diastolic: values.diastolic ?? null,
    heart_rate: values.heartRate ?? null,
    glucose: values.glucose ?? null,
    blood_oxygen: values.bloodOxygen ?? null,
    manual: false,
    before_meal: values.beforeMeal ?? null,
    after_meal: values.afterMeal ?? null,
  };
}

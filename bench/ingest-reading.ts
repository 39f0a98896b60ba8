import { KINDS, VALUES } from '../src/features/kind/reading-kind';

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

const TYPES = { integer: 'int2', decimal: 'float8', flag: 'boolean' };

/**
 * The columns that a reading arrives with and that are worked out for it, with their types. `id` and `received_at` are the
 * statement's.
 */
export const READING_COLUMNS: Readonly<Record<string, string>> = {
  taken_at: 'timestamptz',
  customer_id: 'bigint',
  device_id: 'bigint',
  patient_id: 'bigint',
  device_time_zone_offset: 'int4',
  patient_time_zone_offset: 'int4',
  kind: 'int2',
  manual: 'boolean',
  ...Object.fromEntries(VALUES.map(({ column, type }) => [column, TYPES[type]])),
};

type Row = Record<string, unknown>;

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
    device_time_zone_offset: sent.deviceTimeZoneOffset,
    patient_time_zone_offset: offset,
    kind: number,
    manual: false,
    ...Object.fromEntries(VALUES.map(({ column, member }) => [column, values[member] ?? null])),
  };
}

import { KINDS, VALUES } from '../../src/features/kind/reading-kind';

/** A reading as sent to all contestants: the `ReadingInput` of the gateway's schema. */
export interface SentReading extends Partial<Record<(typeof KINDS)[number]['member'], SentValues>> {
  deviceId: string;
  /** RFC 3339. */
  takenAt: string;
  deviceTimeZoneOffset: number | null;
}

/** Numbers, or numbers with the unit in which they are stored. */
export type SentValues = Readonly<Record<string, number | string | { value: number; unit: string }>>;

export const CUSTOMER_ID = '1';

const TYPES = { integer: 'int2', decimal: 'float8', choice: 'text' };

/**
 * The sent and the computed columns of a reading, with their types. The statement itself sets `id` and `received_at`.
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

/** A device's holder and its time-zone offset. Given to the handwritten ingest; the gateway looks them up. */
export interface Holder {
  patientId: string;
  /** Seconds east of UTC. */
  offset: number;
}

/** The row of a reading, without checks. The benchmark sends only values that the kind has. */
export function toRow(sent: SentReading, { patientId, offset }: Holder): Row {
  const kind = KINDS.find(({ member }) => sent[member] !== undefined)!;
  const sentValues = sent[kind.member]!;
  const values: SentValues = kind.isQuantity ? { [kind.member]: sentValues.value! } : sentValues;
  return {
    taken_at: sent.takenAt,
    customer_id: CUSTOMER_ID,
    device_id: sent.deviceId,
    patient_id: patientId,
    device_time_zone_offset: sent.deviceTimeZoneOffset,
    patient_time_zone_offset: offset,
    kind: kind.number,
    manual: false,
    ...Object.fromEntries(
      VALUES.map(({ column, member }) => {
        const value = values[member] ?? null;
        return [column, typeof value === 'object' ? (value?.value ?? null) : value];
      }),
    ),
  };
}

import { defineEnum, type EnumOf } from '../../platform/base/enum';
import type { MeasurementUnit } from '../kind/measurement-unit';
import {
  definitionOf,
  definitionOfNumber,
  VALUES,
  type Kind,
  type Quantity,
  type ReadingKind,
  type ValuesOfKind,
} from '../kind/reading-kind';
import { isSame, type StoredQuantity } from '../kind/unit-conversion';
import type { ReadingEntity } from './reading.entity';
import type { ReadingInput } from './record-readings.input';
import { sentUnitOf, type SentValues } from './sent-values';

/** A reading as resolvers answer it: its row, and what the number of its kind means. */
export interface ReadingRow extends ReadingEntity {
  kind: ReadingKind;
  /** Its GraphQL type, as a reading is answered for an interface. */
  __typename: string;
}

/** Completes a row as it was read; the row itself, since copying twenty members of each was most of the work. */
export function toReading(row: ReadingEntity): ReadingRow {
  const { kind, typeName } = definitionOfNumber(row.kindNumber);
  return Object.assign(row, { kind, __typename: typeName });
}

/**
 * One object for the whole way of a reading, with its members in one order: what a kind does not have, or what was not measured,
 * is null. With the spread of a constant for that a thousand readings took 30 ms, in one shape less than one.
 */
export function newReading(
  { request, kind, values: known }: { request: ReadingInput; kind: Kind; values: ValuesOfKind },
  identity: ReadingIdentity,
  found: Pick<ReadingEntity, 'id' | 'receivedAt' | 'patientTimeZoneOffset'>,
): ReadingRow {
  const row = {
    customerId: identity.customerId,
    id: found.id,
    takenAt: identity.takenAt,
    receivedAt: found.receivedAt,
    deviceId: identity.deviceId,
    patientId: identity.patientId,
    deviceTimeZoneOffset: request.deviceTimeZoneOffset ?? null,
    patientTimeZoneOffset: found.patientTimeZoneOffset,
    kindNumber: identity.kindNumber,
    manual: request.manual,
    sentUnit: foreignUnitOf(kind, request[kind.member]!),
    kind: kind.kind,
    __typename: kind.typeName,
  };
  const values: Record<string, unknown> = row;
  for (const { member } of VALUES) values[member] = known[member] ?? null;
  return row as ReadingRow;
}

/** A unit that the reading is not stored in. */
function foreignUnitOf(kind: Kind, sent: SentValues): MeasurementUnit | null {
  for (const quantity of kind.quantities) {
    const unit = sentUnitOf(kind, quantity, sent);
    if (unit !== quantity.unit) return unit;
  }
  return null;
}

/** A number of a reading, as it was sent; null when it was not measured. */
export function quantityOf(reading: ReadingRow, { member, unit, units }: Quantity): StoredQuantity | null {
  const value = reading[member];
  return value === null ? null : { value, unit: (units && reading.sentUnit) ?? unit };
}

export const ReadingAttribution = defineEnum('ReadingAttribution', 'How a reading came to its patient.', {
  ASSOCIATION: 'The patient held the device when the reading was taken.',
  NAMED: 'Somebody entered it for the patient, without a device.',
  UNATTRIBUTED: 'It has no patient: nobody held the device when the reading was taken.',
});
export type ReadingAttribution = EnumOf<typeof ReadingAttribution>;

export function attributionOf({
  deviceId,
  patientId,
}: Pick<ReadingEntity, 'deviceId' | 'patientId'>): ReadingAttribution {
  if (patientId === null) return ReadingAttribution.UNATTRIBUTED;
  return deviceId === null ? ReadingAttribution.NAMED : ReadingAttribution.ASSOCIATION;
}

/** The facts that make a reading the same reading: device, or without one the patient, kind and instant. */
export type ReadingIdentity = Pick<ReadingEntity, 'customerId' | 'deviceId' | 'patientId' | 'kindNumber' | 'takenAt'>;

/** Two readings with the same key are the same reading. */
export function identityKey({ customerId, deviceId, patientId, kindNumber, takenAt }: ReadingIdentity): string {
  const subject = deviceId === null ? `patient ${patientId}` : `device ${deviceId}`;
  return `${customerId} ${subject} ${takenAt.getTime()} ${kindNumber}`;
}

/** Whether two readings of one kind have the same values, but for what the conversion of a unit has rounded. */
export function hasSameValues(one: ReadingRow, other: ReadingRow): boolean {
  if (one.sentUnit === other.sentUnit) return VALUES.every(({ member }) => one[member] === other[member]);
  return definitionOf(one.kind).values.every((value) => {
    const { member, type } = value;
    if (type === 'choice' || one[member] === null || other[member] === null) return one[member] === other[member];
    return isSame(quantityOf(one, value as Quantity)!, quantityOf(other, value as Quantity)!);
  });
}

/** The newest of readings, in the order of lists: a device often measures two kinds at one instant. */
export function newestOf(readings: readonly ReadingRow[]): ReadingRow | null {
  return readings.reduce<ReadingRow | null>(
    (newest, reading) => (newest === null || isBefore(newest, reading) ? reading : newest),
    null,
  );
}

function isBefore(one: ReadingRow, other: ReadingRow): boolean {
  const ms = other.takenAt.getTime() - one.takenAt.getTime();
  return ms > 0 || (ms === 0 && BigInt(one.id) < BigInt(other.id));
}

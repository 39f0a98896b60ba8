import type { ReadingKind } from '../kind/reading-kind';
import { definitionOfNumber, ReadingAttribution, VALUE_MEMBERS, type ReadingValues } from './reading-kinds';
import type { ReadingEntity } from './reading.entity';

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

export function attributionOf({ deviceId, patientId }: ReadingEntity): ReadingAttribution {
  if (patientId === null) return ReadingAttribution.NONE;
  return deviceId === null ? ReadingAttribution.MANUAL : ReadingAttribution.ASSOCIATION;
}

/** The facts that make a reading the same reading: device, or without one the patient, kind and instant. */
export type ReadingIdentity = Pick<ReadingEntity, 'customerId' | 'deviceId' | 'patientId' | 'kindNumber' | 'takenAt'>;

/** Two readings with the same key are the same reading. */
export function identityKey({ customerId, deviceId, patientId, kindNumber, takenAt }: ReadingIdentity): string {
  const subject = deviceId === null ? `patient ${patientId}` : `device ${deviceId}`;
  return `${customerId} ${subject} ${takenAt.getTime()} ${kindNumber}`;
}

export function hasSameValues(one: ReadingValues, other: ReadingValues): boolean {
  return VALUE_MEMBERS.every((member) => one[member] === other[member]);
}

import type { EventDefinition, EventMessage } from '../../platform/event/event-catalogue';
import { toCamelCase } from '../../platform/base/camel-case';
import { capitalize } from '../kind/kind-definition';
import { definitionOf, KINDS, VALUES, type ReadingKind, type ReadingValues } from '../kind/reading-kind';
import { READINGS_RECORDED, readingsIn } from './reading.events';
import type { ReadingEntity } from './reading.entity';
import { attributionOf, toReading, type ReadingRow } from './reading.row';

/** The type is that of the kind, e.g. `reading.bloodPressure`. */
const typeOf = (kind: ReadingKind): string => `reading.${definitionOf(kind).member}`;

/** A reading with the values of its kind. */
function toPayload(reading: ReadingRow): EventMessage['payload'] {
  const { kind, values } = definitionOf(reading.kind);
  return {
    id: reading.id,
    kind: toCamelCase(kind),
    takenAt: reading.takenAt.toISOString(),
    receivedAt: reading.receivedAt.toISOString(),
    deviceId: reading.deviceId,
    patientId: reading.patientId,
    attribution: toCamelCase(attributionOf(reading)),
    manual: reading.manual,
    deviceTimeZoneOffset: reading.deviceTimeZoneOffset,
    patientTimeZoneOffset: reading.patientTimeZoneOffset,
    ...Object.fromEntries(values.map(({ member }) => [member, reading[member]])),
  };
}

const SAMPLE_VALUES = Object.fromEntries(VALUES.map(({ member, sample }) => [member, sample])) as ReadingValues;

const SAMPLE: Omit<ReadingEntity, 'kindNumber'> = {
  ...SAMPLE_VALUES,
  customerId: '0',
  id: '1',
  takenAt: new Date('2026-01-02T15:04:05.000Z'),
  receivedAt: new Date('2026-01-02T15:04:09.000Z'),
  deviceId: '1',
  patientId: '1',
  deviceTimeZoneOffset: null,
  patientTimeZoneOffset: -18_000,
  manual: false,
};

/** One event holds up to a hundred readings; each becomes a message of its kind. */
const recorded: EventDefinition = {
  type: READINGS_RECORDED,
  messages: KINDS.map(({ number, kind, noun, shortNoun = noun }) => ({
    type: typeOf(kind),
    description: `${capitalize(shortNoun)} was recorded`,
    sample: toPayload(toReading({ ...SAMPLE, kindNumber: number })),
  })),
  toMessages: (payload) =>
    readingsIn(payload).map((reading) => ({
      type: typeOf(reading.kind),
      get payload() {
        return toPayload(reading.decode());
      },
    })),
};

export const READING_EVENTS = { recorded };

import type { EventMessage, MessagesOfEvents } from '../../platform/event/event-message';
import { toCamelCase } from '../../platform/base/camel-case';
import { definitionOf, KINDS, VALUES, type ReadingKind, type ReadingValues } from '../kind/reading-kind';
import { READINGS_RECORDED, readingsIn } from './reading.events';
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

/** What events of readings tell the outside: one message for each reading. */
export const READING_MESSAGES: MessagesOfEvents = {
  [READINGS_RECORDED]: (payload) =>
    readingsIn(payload).map((told) => ({
      type: typeOf(told.kind),
      get payload() {
        return toPayload(told.decode());
      },
    })),
};

const SAMPLE_VALUES = Object.fromEntries(VALUES.map(({ member, sample }) => [member, sample])) as ReadingValues;

/** What a test delivery of each kind tells: of a reading that is not there. */
export const READING_SAMPLES: readonly EventMessage[] = KINDS.map(({ number, kind }) => ({
  type: typeOf(kind),
  payload: toPayload(
    toReading({
      ...SAMPLE_VALUES,
      customerId: '0',
      id: '1',
      takenAt: new Date('2026-01-02T15:04:05.000Z'),
      receivedAt: new Date('2026-01-02T15:04:09.000Z'),
      deviceId: '1',
      patientId: '1',
      deviceTimeZoneOffset: null,
      patientTimeZoneOffset: -18_000,
      kindNumber: number,
      manual: false,
    }),
  ),
}));

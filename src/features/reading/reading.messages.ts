import type { ReadingKind } from '../kind/reading-kind';
import type { EventDefinition, EventMessage } from '../../platform/event/event-catalogue';
import { toCamelCase } from '../../platform/base/camel-case';
import { READINGS_RECORDED, readingsIn } from './reading.events';
import { KINDS, definitionOf, VALUE_MEMBERS } from './reading-kinds';
import type { ReadingEntity } from './reading.entity';
import { attributionOf, toReading, type ReadingRow } from './reading.row';

/** The type is that of the kind, e.g. `reading.bloodPressure`. */
const typeOf = (kind: ReadingKind): string => `reading.${definitionOf(kind).member}`;

/** A reading with the values of its kind. */
function toPayload(reading: ReadingRow): EventMessage['payload'] {
  const { kind, member, quantities } = definitionOf(reading.kind);
  const shown = new Set<string>([
    ...quantities.map((quantity) => quantity.member),
    ...(member === 'bloodGlucose' ? ['beforeMeal', 'afterMeal'] : []),
  ]);
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
    ...Object.fromEntries(VALUE_MEMBERS.filter((one) => shown.has(one)).map((one) => [one, reading[one]])),
  };
}

const SAMPLE_VALUES = {
  systolic: 120,
  diastolic: 80,
  heartRate: 64,
  glucose: 104,
  bloodOxygen: 97,
  weight: 165.4,
  temperature: 98.6,
  peakExpiratoryFlow: 420,
  forcedExpiratoryVolumeInOneSecond: 3.1,
  beforeMeal: true,
  afterMeal: null,
};

/** What happened, as a sentence without its full stop. */
const DESCRIPTIONS: Record<ReadingKind, string> = {
  BLOOD_PRESSURE: 'A blood pressure was recorded',
  BLOOD_GLUCOSE: 'A blood glucose was recorded',
  BLOOD_OXYGEN: 'An oxygen saturation was recorded',
  WEIGHT: 'A weight was recorded',
  HEART_RATE: 'A heart rate was recorded',
  TEMPERATURE: 'A temperature was recorded',
  PEAK_FLOW: 'A peak flow was recorded',
};

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
  messages: KINDS.map(({ number, kind }) => ({
    type: typeOf(kind),
    description: DESCRIPTIONS[kind],
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

import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { ReadingKind } from '../kind/reading-kind';
import type { ReadingEntity } from './reading.entity';

export const MeasurementName = defineEnum('MeasurementName', 'What was measured.', {
  SYSTOLIC: 'Systolic blood pressure, in mmHg.',
  DIASTOLIC: 'Diastolic blood pressure, in mmHg.',
  HEART_RATE: 'Heart rate, in beats a minute.',
  GLUCOSE: 'Blood glucose, in mg/dL.',
  BLOOD_OXYGEN: 'Oxygen saturation of the blood, in percent.',
  WEIGHT: 'Body weight, in pounds.',
  TEMPERATURE: 'Body temperature, in degrees Fahrenheit.',
  PEAK_EXPIRATORY_FLOW: 'Peak expiratory flow, in litres a minute.',
  FORCED_EXPIRATORY_VOLUME_IN_ONE_SECOND: 'Volume breathed out in the first second (FEV1), in litres.',
});
export type MeasurementName = EnumOf<typeof MeasurementName>;

export const MeasurementUnit = defineEnum('MeasurementUnit', 'In what a measurement is expressed.', {
  MMHG: 'Millimetres of mercury.',
  BPM: 'Beats a minute.',
  MG_DL: 'Milligrams a decilitre.',
  PERCENT: 'Parts of a hundred.',
  LB: 'Pounds (avoirdupois).',
  DEG_F: 'Degrees Fahrenheit.',
  L_MIN: 'Litres a minute.',
  L: 'Litres of air.',
});
export type MeasurementUnit = EnumOf<typeof MeasurementUnit>;

/** How the reading came to its patient. */
export const ReadingAttribution = defineEnum('ReadingAttribution', 'How a reading came to its patient.', {
  ASSOCIATION: 'The patient held the device when the reading was taken.',
  MANUAL: 'Somebody entered it for the patient, without a device.',
  NONE: 'It has no patient: nobody held the device when the reading was taken.',
});
export type ReadingAttribution = EnumOf<typeof ReadingAttribution>;

/** The measured values of a reading by their members; those of other kinds are null. */
export type QuantityMember =
  | 'systolic'
  | 'diastolic'
  | 'heartRate'
  | 'glucose'
  | 'bloodOxygen'
  | 'weight'
  | 'temperature'
  | 'peakExpiratoryFlow'
  | 'forcedExpiratoryVolumeInOneSecond';

/** All that a kind of reading can hold: the values that make two readings the same or not. */
export const VALUE_MEMBERS = [
  'weight',
  'temperature',
  'peakExpiratoryFlow',
  'forcedExpiratoryVolumeInOneSecond',
  'systolic',
  'diastolic',
  'heartRate',
  'glucose',
  'bloodOxygen',
  'beforeMeal',
  'afterMeal',
] as const satisfies (keyof ReadingEntity)[];

export type ReadingValues = Pick<ReadingEntity, (typeof VALUE_MEMBERS)[number]>;

export interface Quantity {
  member: QuantityMember;
  /** The column of the table `reading`. */
  column: string;
  name: MeasurementName;
  unit: MeasurementUnit;
  /** What it can physically be, both ends included; source: domain.md, Readings. */
  min: number;
  max: number;
}

const quantity = (
  member: QuantityMember,
  column: string,
  name: MeasurementName,
  unit: MeasurementUnit,
  [min, max]: [number, number],
): Quantity => ({ member, column, name, unit, min, max });

const { MMHG, BPM, MG_DL, PERCENT, LB, DEG_F, L_MIN, L } = MeasurementUnit;
const HEART_RATE = quantity('heartRate', 'heart_rate', MeasurementName.HEART_RATE, BPM, [10, 300]);

export interface KindDefinition {
  kind: ReadingKind;
  /** In the column `kind`. */
  number: number;
  /** The member of an input reading. */
  member: 'bloodPressure' | 'bloodGlucose' | 'bloodOxygen' | 'weight' | 'heartRate' | 'temperature' | 'peakFlow';
  /** Its GraphQL type. */
  typeName: string;
  /** The column of the tables of activity that tells when the last one was taken. */
  activityColumn: string;
  quantities: readonly Quantity[];
}

/** The seven kinds: the one place that knows how each is stored, bounded and shown. */
export const KINDS: readonly KindDefinition[] = [
  {
    kind: ReadingKind.BLOOD_PRESSURE,
    number: 1,
    member: 'bloodPressure',
    typeName: 'BloodPressureReading',
    activityColumn: 'blood_pressure_at',
    quantities: [
      quantity('systolic', 'systolic', MeasurementName.SYSTOLIC, MMHG, [30, 300]),
      quantity('diastolic', 'diastolic', MeasurementName.DIASTOLIC, MMHG, [10, 200]),
      HEART_RATE,
    ],
  },
  {
    kind: ReadingKind.BLOOD_GLUCOSE,
    number: 2,
    member: 'bloodGlucose',
    typeName: 'BloodGlucoseReading',
    activityColumn: 'blood_glucose_at',
    quantities: [quantity('glucose', 'glucose', MeasurementName.GLUCOSE, MG_DL, [10, 1000])],
  },
  {
    kind: ReadingKind.BLOOD_OXYGEN,
    number: 3,
    member: 'bloodOxygen',
    typeName: 'BloodOxygenReading',
    activityColumn: 'blood_oxygen_at',
    quantities: [quantity('bloodOxygen', 'blood_oxygen', MeasurementName.BLOOD_OXYGEN, PERCENT, [30, 100]), HEART_RATE],
  },
  {
    kind: ReadingKind.WEIGHT,
    number: 4,
    member: 'weight',
    typeName: 'WeightReading',
    activityColumn: 'weight_at',
    quantities: [quantity('weight', 'weight', MeasurementName.WEIGHT, LB, [1, 1500])],
  },
  {
    kind: ReadingKind.HEART_RATE,
    number: 5,
    member: 'heartRate',
    typeName: 'HeartRateReading',
    activityColumn: 'heart_rate_at',
    quantities: [HEART_RATE],
  },
  {
    kind: ReadingKind.TEMPERATURE,
    number: 6,
    member: 'temperature',
    typeName: 'TemperatureReading',
    activityColumn: 'temperature_at',
    quantities: [quantity('temperature', 'temperature', MeasurementName.TEMPERATURE, DEG_F, [70, 115])],
  },
  {
    kind: ReadingKind.PEAK_FLOW,
    number: 7,
    member: 'peakFlow',
    typeName: 'PeakFlowReading',
    activityColumn: 'peak_flow_at',
    quantities: [
      quantity('peakExpiratoryFlow', 'peak_expiratory_flow', MeasurementName.PEAK_EXPIRATORY_FLOW, L_MIN, [10, 1000]),
      quantity(
        'forcedExpiratoryVolumeInOneSecond',
        'forced_expiratory_volume_in_one_second',
        MeasurementName.FORCED_EXPIRATORY_VOLUME_IN_ONE_SECOND,
        L,
        [0.1, 12],
      ),
    ],
  },
];

const BY_NUMBER = new Map(KINDS.map((definition) => [definition.number, definition]));
const BY_KIND = new Map(KINDS.map((definition) => [definition.kind, definition]));

export function definitionOf(kind: ReadingKind): KindDefinition {
  return BY_KIND.get(kind)!;
}

export function definitionOfNumber(kindNumber: number): KindDefinition {
  return BY_NUMBER.get(kindNumber)!;
}

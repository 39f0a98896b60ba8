/** A kind of reading with all its values: as sent, as returned and as stored. */
export interface ReadingSample {
  kind: string;
  typeName: string;
  /** Value of the column `kind`. */
  number: number;
  /** Input without device and time. */
  input: Record<string, Record<string, unknown>>;
  /** Fields of its type that other types do not have. */
  members: Record<string, unknown>;
  measurements: { name: string; value: number; unit: string }[];
  /** Columns that are not null. */
  columns: Record<string, unknown>;
  /** Column of the activity tables. */
  activityColumn: string;
}

/** All kinds. Repeated here on purpose, so that a mistake in the gateway's definitions is found. */
export const SAMPLES: readonly ReadingSample[] = [
  {
    kind: 'BLOOD_PRESSURE',
    typeName: 'BloodPressureReading',
    number: 1,
    input: { bloodPressure: { systolic: 128, diastolic: 81, heartRate: 67 } },
    members: { systolic: 128, diastolic: 81, heartRate: 67 },
    measurements: [
      { name: 'SYSTOLIC', value: 128, unit: 'MILLIMETER_OF_MERCURY' },
      { name: 'DIASTOLIC', value: 81, unit: 'MILLIMETER_OF_MERCURY' },
      { name: 'HEART_RATE', value: 67, unit: 'BEAT_PER_MINUTE' },
    ],
    columns: { systolic: 128, diastolic: 81, heart_rate: 67 },
    activityColumn: 'blood_pressure_at',
  },
  {
    kind: 'BLOOD_GLUCOSE',
    typeName: 'BloodGlucoseReading',
    number: 2,
    input: { bloodGlucose: { glucose: { value: 104, unit: 'MILLIGRAM_PER_DECILITER' }, mealTiming: 'BEFORE_MEAL' } },
    members: { glucose: 104, comparator: null, mealTiming: 'BEFORE_MEAL' },
    measurements: [{ name: 'GLUCOSE', value: 104, unit: 'MILLIGRAM_PER_DECILITER' }],
    columns: { glucose: 104, meal_timing: 'BEFORE_MEAL' },
    activityColumn: 'blood_glucose_at',
  },
  {
    kind: 'BLOOD_OXYGEN',
    typeName: 'BloodOxygenReading',
    number: 3,
    input: { bloodOxygen: { bloodOxygen: 97, heartRate: 72 } },
    members: { bloodOxygen: 97, heartRate: 72 },
    measurements: [
      { name: 'BLOOD_OXYGEN', value: 97, unit: 'PERCENT' },
      { name: 'HEART_RATE', value: 72, unit: 'BEAT_PER_MINUTE' },
    ],
    columns: { blood_oxygen: 97, heart_rate: 72 },
    activityColumn: 'blood_oxygen_at',
  },
  {
    kind: 'WEIGHT',
    typeName: 'WeightReading',
    number: 4,
    input: { weight: { value: 183.4, unit: 'POUND' } },
    members: { weight: 183.4 },
    measurements: [{ name: 'WEIGHT', value: 183.4, unit: 'POUND' }],
    columns: { weight: 183.4 },
    activityColumn: 'weight_at',
  },
  {
    kind: 'HEART_RATE',
    typeName: 'HeartRateReading',
    number: 5,
    input: { heartRate: { value: 58 } },
    members: { heartRate: 58 },
    measurements: [{ name: 'HEART_RATE', value: 58, unit: 'BEAT_PER_MINUTE' }],
    columns: { heart_rate: 58 },
    activityColumn: 'heart_rate_at',
  },
  {
    kind: 'TEMPERATURE',
    typeName: 'TemperatureReading',
    number: 6,
    input: { temperature: { value: 98.6, unit: 'FAHRENHEIT' } },
    members: { temperature: 98.6 },
    measurements: [{ name: 'TEMPERATURE', value: 98.6, unit: 'FAHRENHEIT' }],
    columns: { temperature: 98.6 },
    activityColumn: 'temperature_at',
  },
  {
    kind: 'PEAK_FLOW',
    typeName: 'PeakFlowReading',
    number: 7,
    input: { peakFlow: { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: 2.85 } },
    members: { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: 2.85 },
    measurements: [
      { name: 'PEAK_EXPIRATORY_FLOW', value: 412.5, unit: 'LITER_PER_MINUTE' },
      { name: 'FORCED_EXPIRATORY_VOLUME_IN_ONE_SECOND', value: 2.85, unit: 'LITER' },
    ],
    columns: { peak_expiratory_flow: 412.5, forced_expiratory_volume_in_one_second: 2.85 },
    activityColumn: 'peak_flow_at',
  },
  {
    kind: 'RESPIRATORY_RATE',
    typeName: 'RespiratoryRateReading',
    number: 8,
    input: { respiratoryRate: { value: 17 } },
    members: { respiratoryRate: 17 },
    measurements: [{ name: 'RESPIRATORY_RATE', value: 17, unit: 'BREATH_PER_MINUTE' }],
    columns: { respiratory_rate: 17 },
    activityColumn: 'respiratory_rate_at',
  },
  {
    kind: 'BODY_COMPOSITION',
    typeName: 'BodyCompositionReading',
    number: 9,
    input: { bodyComposition: { bodyFat: 23.7, muscleMass: { value: 121.4, unit: 'POUND' } } },
    members: { bodyFat: 23.7, muscleMass: 121.4 },
    measurements: [
      { name: 'BODY_FAT', value: 23.7, unit: 'PERCENT' },
      { name: 'MUSCLE_MASS', value: 121.4, unit: 'POUND' },
    ],
    columns: { body_fat: 23.7, muscle_mass: 121.4 },
    activityColumn: 'body_composition_at',
  },
];

/** Fields that only some types have. */
export const FIELDS_OF_TYPES = SAMPLES.map(
  ({ typeName, members }) => `... on ${typeName} { ${Object.keys(members).join(' ')} }`,
).join(' ');

/** Another number in the same unit, or null for a choice. */
export function altered(value: unknown): unknown {
  if (typeof value === 'string') return null;
  if (typeof value === 'number') return value + 1;
  const quantity = value as { value: number };
  return { ...quantity, value: quantity.value + 1 };
}

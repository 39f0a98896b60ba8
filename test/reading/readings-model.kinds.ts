import type { Values } from './readings-model';

interface KindValues {
  member: string;
  /** Whether the kind has only this value. */
  isQuantity?: true;
  variants: [Values, ...Values[]];
}

/** Input and possible values of each kind. Some values differ only in what was not measured. */
export const KIND_VALUES = {
  BLOOD_PRESSURE: {
    member: 'bloodPressure',
    variants: [
      { systolic: 120, diastolic: 80, heartRate: 70 },
      { systolic: 120, diastolic: 80, heartRate: null },
      { systolic: 131, diastolic: 80, heartRate: 70 },
    ],
  },
  BLOOD_GLUCOSE: {
    member: 'bloodGlucose',
    variants: [
      { glucose: 99, mealTiming: 'FASTING' },
      { glucose: 99, mealTiming: 'AFTER_MEAL' },
      { glucose: 99, mealTiming: null },
    ],
  },
  BLOOD_OXYGEN: {
    member: 'bloodOxygen',
    variants: [
      { bloodOxygen: 97, heartRate: null },
      { bloodOxygen: 97, heartRate: 61 },
    ],
  },
  WEIGHT: { member: 'weight', isQuantity: true, variants: [{ weight: 180.1 }, { weight: 180.2 }] },
  HEART_RATE: { member: 'heartRate', isQuantity: true, variants: [{ heartRate: 58 }, { heartRate: 59 }] },
  TEMPERATURE: { member: 'temperature', isQuantity: true, variants: [{ temperature: 98.6 }, { temperature: 98.7 }] },
  PEAK_FLOW: {
    member: 'peakFlow',
    variants: [
      { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: 2.8 },
      { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: null },
    ],
  },
  RESPIRATORY_RATE: {
    member: 'respiratoryRate',
    isQuantity: true,
    variants: [{ respiratoryRate: 15 }, { respiratoryRate: 16 }],
  },
  BODY_COMPOSITION: {
    member: 'bodyComposition',
    variants: [
      { bodyFat: 24.5, muscleMass: 118.2 },
      { bodyFat: 24.5, muscleMass: null },
    ],
  },
} satisfies Record<string, KindValues>;

export type Kind = keyof typeof KIND_VALUES;

/** In the order in which the API returns them. */
export const KINDS = Object.keys(KIND_VALUES) as Kind[];

const UNITS: Record<string, string> = {
  glucose: 'MILLIGRAM_PER_DECILITER',
  weight: 'POUND',
  temperature: 'FAHRENHEIT',
  muscleMass: 'POUND',
};

/** Input for the values of a kind. */
export function toInput(kind: Kind, values: Values): Record<string, unknown> {
  const { member: kindMember, isQuantity }: KindValues = KIND_VALUES[kind];
  const sent = Object.entries(values).map(([member, value]): [string, unknown] => {
    const unit = UNITS[member];
    const quantity = { value, ...(unit !== undefined && { unit }) };
    return [member, value !== null && (unit !== undefined || isQuantity) ? quantity : value];
  });
  const input = Object.fromEntries(sent);
  return { [kindMember]: isQuantity ? input[kindMember] : input };
}

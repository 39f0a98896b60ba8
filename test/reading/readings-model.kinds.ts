import type { Values } from './readings-model';

interface KindValues {
  member: string;
  variants: [Values, ...Values[]];
}

/** How each kind is sent, and values that it may have: some differ in no more than what was not measured. */
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
      { glucose: 99, beforeMeal: true, afterMeal: false },
      { glucose: 99, beforeMeal: true, afterMeal: null },
      { glucose: 99, beforeMeal: null, afterMeal: null },
    ],
  },
  BLOOD_OXYGEN: {
    member: 'bloodOxygen',
    variants: [
      { bloodOxygen: 97, heartRate: null },
      { bloodOxygen: 97, heartRate: 61 },
    ],
  },
  WEIGHT: { member: 'weight', variants: [{ weight: 180.1 }, { weight: 180.2 }] },
  HEART_RATE: { member: 'heartRate', variants: [{ heartRate: 58 }, { heartRate: 59 }] },
  TEMPERATURE: { member: 'temperature', variants: [{ temperature: 98.6 }, { temperature: 98.7 }] },
  PEAK_FLOW: {
    member: 'peakFlow',
    variants: [
      { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: 2.8 },
      { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: null },
    ],
  },
  RESPIRATORY_RATE: { member: 'respiratoryRate', variants: [{ respiratoryRate: 15 }, { respiratoryRate: 16 }] },
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

import { defineEnum, type EnumOf } from '../../platform/base/enum';

/** The kinds of readings; which of them a device sends depends on its item. */
export const ReadingKind = defineEnum('ReadingKind', 'What a reading measures.', {
  BLOOD_PRESSURE: 'Systolic and diastolic pressure, from a blood-pressure cuff.',
  BLOOD_GLUCOSE: 'Glucose in the blood, from a glucose meter.',
  BLOOD_OXYGEN: 'Oxygen saturation of the blood, from a pulse oximeter.',
  WEIGHT: 'Body weight, from a scale.',
  HEART_RATE: 'Heart rate on its own.',
  TEMPERATURE: 'Body temperature, from a thermometer.',
  PEAK_FLOW: 'Peak expiratory flow, from a peak-flow meter.',
});
export type ReadingKind = EnumOf<typeof ReadingKind>;

import { defineKind } from './kind-definition';

/** Also measured by cuffs and oximeters. */
export const heartRateQuantity = {
  type: 'integer',
  label: 'Heart rate',
  unit: 'BEAT_PER_MINUTE',
  min: 10,
  max: 300,
  sample: 64,
} as const;

export const heartRate = defineKind({
  number: 5,
  noun: 'a standalone heart rate',
  shortNoun: 'a heart rate',
  description: 'Heart rate, as the only value.',
  values: { heartRate: heartRateQuantity },
});

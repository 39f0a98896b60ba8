import { defineKind } from './kind-definition';

/** Cuffs and oximeters measure it too. */
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
  noun: 'a heart rate by itself',
  shortNoun: 'a heart rate',
  description: 'Heart rate on its own.',
  values: { heartRate: heartRateQuantity },
});

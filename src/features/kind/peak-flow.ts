import { defineKind } from './kind-definition';

export const peakFlow = defineKind({
  number: 7,
  noun: 'a peak flow',
  source: 'from a peak flow meter',
  description: 'Peak expiratory flow, from a peak-flow meter.',
  values: {
    peakExpiratoryFlow: {
      type: 'decimal',
      label: 'Peak expiratory flow',
      unit: 'LITER_PER_MINUTE',
      min: 10,
      max: 1000,
      sample: 420,
    },
    forcedExpiratoryVolumeInOneSecond: {
      type: 'decimal',
      label: 'Volume breathed out in the first second (FEV1)',
      unit: 'LITER',
      min: 0.1,
      max: 12,
      optional: true,
      sample: 3.1,
    },
  },
});

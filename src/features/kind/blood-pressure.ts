import { heartRateQuantity } from './heart-rate';
import { defineKind } from './kind-definition';

export const bloodPressure = defineKind({
  number: 1,
  noun: 'a blood pressure',
  source: 'e.g. from a cuff',
  description: 'Systolic and diastolic pressure, from a blood-pressure cuff.',
  values: {
    systolic: {
      type: 'integer',
      label: 'Systolic pressure',
      title: 'Systolic blood pressure',
      unit: 'MILLIMETER_OF_MERCURY',
      min: 30,
      max: 300,
      inputNote: 'above `diastolic`',
      sample: 120,
    },
    diastolic: {
      type: 'integer',
      label: 'Diastolic pressure',
      title: 'Diastolic blood pressure',
      unit: 'MILLIMETER_OF_MERCURY',
      min: 10,
      max: 200,
      sample: 80,
    },
    heartRate: { ...heartRateQuantity, optional: true },
  },
  rules: [
    {
      member: 'systolic',
      rule: 'must be above diastolic',
      isBroken: ({ systolic, diastolic }) => systolic <= diastolic,
    },
  ],
});

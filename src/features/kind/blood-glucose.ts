import { defineKind } from './kind-definition';

export const bloodGlucose = defineKind({
  number: 2,
  noun: 'a blood glucose',
  source: 'e.g. from a meter',
  description: 'Glucose in the blood, from a glucose meter.',
  inputNote: 'Not both meal flags can be true.',
  values: {
    glucose: {
      type: 'integer',
      label: 'Glucose',
      title: 'Blood glucose',
      unit: 'MG_DL',
      min: 10,
      max: 1000,
      sample: 104,
    },
    beforeMeal: {
      type: 'flag',
      description: 'Whether it was taken before a meal; null when nobody said.',
      sample: true,
    },
    afterMeal: {
      type: 'flag',
      description: 'Whether it was taken after a meal; null when nobody said.',
      sample: null,
    },
  },
  rules: [
    {
      member: 'afterMeal',
      rule: 'must not be true together with beforeMeal',
      isBroken: ({ beforeMeal, afterMeal }) => beforeMeal === true && afterMeal === true,
    },
  ],
});

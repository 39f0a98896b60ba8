import { defineKind } from './kind-definition';
import { WeightUnit } from './measurement-unit';

export const weight = defineKind({
  number: 4,
  noun: 'a body weight',
  shortNoun: 'a weight',
  source: 'from a scale',
  description: 'Body weight, from a scale.',
  values: {
    weight: {
      type: 'decimal',
      label: 'Weight',
      title: 'Body weight',
      unit: 'POUND',
      units: WeightUnit,
      min: 1,
      max: 1500,
      sample: 165.4,
    },
  },
});

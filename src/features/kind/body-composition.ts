import { defineKind } from './kind-definition';
import { WeightUnit } from './measurement-unit';

export const bodyComposition = defineKind({
  number: 9,
  noun: 'a body composition',
  source: 'from a body-composition scale',
  description: 'Body fat and muscle mass, from a body-composition scale.',
  values: {
    bodyFat: {
      type: 'decimal',
      label: 'Body fat',
      unit: 'PERCENT',
      min: 2,
      max: 75,
      sample: 24.5,
    },
    // Scales report everything that is neither fat nor bone. The greatest fat-free mass ever measured is 121.3 kg, 267 lb (Kondo et
    // al., Upper limit of fat-free mass in humans, Am J Hum Biol 6, 1994). A child who can stand on a scale has more than 5 lb.
    muscleMass: {
      type: 'decimal',
      label: 'Muscle mass',
      unit: 'POUND',
      units: WeightUnit,
      min: 5,
      max: 300,
      optional: true,
      sample: 118.2,
    },
  },
});

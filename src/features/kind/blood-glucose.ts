import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { defineKind } from './kind-definition';
import { GlucoseUnit } from './measurement-unit';

/** The values of FHIR's Quantity.comparator that meters need. */
export const Comparator = defineEnum('Comparator', 'How the true value relates to the number that a meter reports.', {
  LESS_THAN: 'The true value is less than the number. E.g. the meter shows "LO".',
  GREATER_THAN: 'The true value is greater than the number. E.g. the meter shows "HI".',
});
export type Comparator = EnumOf<typeof Comparator>;

export const MealTiming = defineEnum('MealTiming', 'Time of a reading relative to meals.', {
  FASTING: 'After a night or at least eight hours without food.',
  BEFORE_MEAL: 'Before a meal.',
  AFTER_MEAL: 'After a meal.',
});

export const bloodGlucose = defineKind({
  number: 2,
  noun: 'a blood glucose',
  source: 'e.g. from a meter',
  description: 'Glucose in the blood, from a glucose meter.',
  values: {
    glucose: {
      type: 'decimal',
      label: 'Glucose',
      title: 'Blood glucose',
      unit: 'MILLIGRAM_PER_DECILITER',
      units: GlucoseUnit,
      min: 10,
      max: 1000,
      sample: 104,
    },
    comparator: {
      type: 'choice',
      choices: Comparator,
      of: 'glucose',
      description:
        'Set when the meter showed its limit instead of a number, e.g. "HI": the number is that limit, and the true value is less or greater. Null for a measured number.',
      sample: null,
    },
    mealTiming: {
      type: 'choice',
      choices: MealTiming,
      description: 'Time of the reading relative to meals. Null when unknown.',
      sample: 'BEFORE_MEAL',
    },
  },
});

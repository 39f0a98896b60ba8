import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { defineKind } from './kind-definition';
import { GlucoseUnit } from './measurement-unit';

/** FHIR's Quantity.comparator, as far as meters need it. */
export const Comparator = defineEnum('Comparator', 'How a true value relates to the number that a meter shows.', {
  LESS_THAN: 'The true value is less than the number, e.g. a meter shows "LO".',
  GREATER_THAN: 'The true value is greater than the number, e.g. a meter shows "HI".',
});
export type Comparator = EnumOf<typeof Comparator>;

export const MealTiming = defineEnum('MealTiming', 'When a reading was taken, relative to meals.', {
  FASTING: 'After a night without food, or eight hours.',
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
        'How the true value relates to the number, which then is the limit of what the meter can measure; null for a number that was measured.',
      sample: null,
    },
    mealTiming: {
      type: 'choice',
      choices: MealTiming,
      description: 'When it was taken, relative to meals; null when nobody said.',
      sample: 'BEFORE_MEAL',
    },
  },
});

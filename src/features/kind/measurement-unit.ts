import { defineEnum, type EnumOf } from '../../platform/base/enum';

const DESCRIPTIONS = {
  MILLIMETER_OF_MERCURY: 'Millimeters of mercury (mmHg).',
  BEAT_PER_MINUTE: 'Beats per minute (bpm).',
  MILLIGRAM_PER_DECILITER: 'Milligrams per deciliter (mg/dL).',
  MILLIMOLE_PER_LITER: 'Millimoles per liter (mmol/L).',
  PERCENT: 'Percent (%).',
  POUND: 'Pounds (lb).',
  KILOGRAM: 'Kilograms (kg).',
  FAHRENHEIT: 'Degrees Fahrenheit (°F).',
  CELSIUS: 'Degrees Celsius (°C).',
  LITER_PER_MINUTE: 'Liters per minute (L/min).',
  LITER: 'Liters (L).',
  BREATH_PER_MINUTE: 'Breaths per minute (breaths/min).',
} as const;

export const MeasurementUnit = defineEnum('MeasurementUnit', 'Unit of a measurement.', DESCRIPTIONS, {
  unknown: 'show the `symbol` of an unknown unit',
});
export type MeasurementUnit = EnumOf<typeof MeasurementUnit>;

/** Symbols, as written after a number. */
export const SYMBOLS = Object.fromEntries(
  Object.entries(DESCRIPTIONS).map(([unit, description]) => [unit, /\((.*)\)/.exec(description)![1]]),
) as Readonly<Record<MeasurementUnit, string>>;

/** Words for the units in REST, as the platform writes them. A quantity may have its own, see `QuantityDefinition`. */
export const REST_UNITS: Readonly<Record<MeasurementUnit, string>> = {
  MILLIMETER_OF_MERCURY: 'mmhg',
  BEAT_PER_MINUTE: 'bpm',
  MILLIGRAM_PER_DECILITER: 'mgdl',
  MILLIMOLE_PER_LITER: 'mmoll',
  PERCENT: 'percent',
  POUND: 'lbs',
  KILOGRAM: 'kg',
  FAHRENHEIT: 'fahrenheit',
  CELSIUS: 'celsius',
  LITER_PER_MINUTE: 'lpm',
  LITER: 'l',
  BREATH_PER_MINUTE: 'brpm',
};

/** The units of a quantity that has several. The first is the one it is stored in. */
export type UnitChoice = Readonly<Record<string, MeasurementUnit>>;

function unitsOf<const Unit extends MeasurementUnit>(...units: readonly Unit[]) {
  return Object.fromEntries(units.map((unit) => [unit, DESCRIPTIONS[unit]])) as Pick<typeof DESCRIPTIONS, Unit>;
}

export const GlucoseUnit = defineEnum(
  'GlucoseUnit',
  'Unit of a blood glucose value.',
  unitsOf('MILLIGRAM_PER_DECILITER', 'MILLIMOLE_PER_LITER'),
);

export const WeightUnit = defineEnum('WeightUnit', 'Unit of a weight or a muscle mass.', unitsOf('POUND', 'KILOGRAM'));

export const TemperatureUnit = defineEnum(
  'TemperatureUnit',
  'Unit of a temperature.',
  unitsOf('FAHRENHEIT', 'CELSIUS'),
);

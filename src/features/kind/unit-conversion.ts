import type { MeasurementUnit } from './measurement-unit';

/** Milligrams per deciliter in one millimole per liter. Glucose: 180.156 g/mol. */
const GLUCOSE = 18.0156;
/** Kilograms in one pound, by definition. */
const POUND = 0.45359237;

/** Conversions between a unit and the unit in which its quantity is stored. Other units need none. */
const CONVERSIONS: Partial<
  Record<MeasurementUnit, { toStored(value: number): number; toUnit(stored: number): number }>
> = {
  MILLIMOLE_PER_LITER: { toStored: (value) => value * GLUCOSE, toUnit: (stored) => stored / GLUCOSE },
  KILOGRAM: { toStored: (value) => value / POUND, toUnit: (stored) => stored * POUND },
  CELSIUS: { toStored: (value) => value * 1.8 + 32, toUnit: (stored) => (stored - 32) / 1.8 },
};

/** Significant digits that survive a conversion there and back. No device measures as many. */
const EXACT_DIGITS = 12;

/** Decimals of a computed number: a mean, or a value in another unit than the sent one. */
const decimalsOf = (unit: MeasurementUnit): number => (unit === 'MILLIGRAM_PER_DECILITER' ? 1 : 2);

/** Minimum number of decimals that senders use in a unit. JSON drops trailing zeros, so the number itself can have fewer. */
const sentDecimalsOf = (unit: MeasurementUnit): number =>
  unit === 'MILLIGRAM_PER_DECILITER' || unit === 'POUND' ? 0 : 1;

/** A number in its stored unit, with the unit in which it was sent. */
export interface StoredQuantity {
  readonly value: number;
  readonly unit: MeasurementUnit;
}

/** Converts to the stored unit, unrounded. */
export function toStored(value: number, unit: MeasurementUnit): number {
  return CONVERSIONS[unit]?.toStored(value) ?? value;
}

function toUnit(stored: number, unit: MeasurementUnit): number {
  return CONVERSIONS[unit]?.toUnit(stored) ?? stored;
}

/** Converts a computed value, e.g. a mean, to a unit and rounds it. */
export function roundedIn(stored: number, unit: MeasurementUnit): number {
  return round(toUnit(stored, unit), decimalsOf(unit));
}

/** Converts a value to a unit. Exact in the unit in which it was sent, rounded in another. */
export function inUnit({ value, unit: sentUnit }: StoredQuantity, unit: MeasurementUnit): number {
  if (unit !== sentUnit) return roundedIn(value, unit);
  return unit in CONVERSIONS ? Number(toUnit(value, unit).toPrecision(EXACT_DIGITS)) : value;
}

/** Relative difference of two numbers of which one had single precision, e.g. in the firmware of a scale. */
const SINGLE_PRECISION = 1e-6;

/** Most decimals that devices measure in a unit: grams, and ounces in pounds. A number with more comes from a conversion. */
const measuredDecimalsOf = (unit: MeasurementUnit): number => (unit === 'MILLIGRAM_PER_DECILITER' ? 0 : 4);

/** Whether two numbers are equal, or differ only by single precision. */
export function isEqual(one: number, other: number): boolean {
  return Math.abs(one - other) <= SINGLE_PRECISION * Math.max(Math.abs(one), Math.abs(other));
}

/**
 * Whether two values of a quantity with several units are equal, or differ only because one of them was converted and rounded
 * before it was sent. The rule is in docs/glossary.md#units.
 */
export function isSame(one: StoredQuantity, other: StoredQuantity): boolean {
  return isEqual(one.value, other.value) || isRounded(one, other) || isRounded(other, one);
}

/** Whether `other`, converted and rounded to the decimals of `one`, equals `one`. In one unit, only if `other` must be converted. */
function isRounded(one: StoredQuantity, other: StoredQuantity): boolean {
  if (one.unit === other.unit && decimalsIn(inUnit(other, other.unit)) <= measuredDecimalsOf(one.unit)) return false;
  const sent = inUnit(one, one.unit);
  return round(toUnit(other.value, one.unit), Math.max(decimalsIn(sent), sentDecimalsOf(one.unit))) === sent;
}

function decimalsIn(value: number): number {
  const [, decimals = ''] = String(value).split('.');
  return decimals.length;
}

/** Bounds of a stored value in a unit, rounded inward, so that a value within them is within the exact bounds. */
export function boundsIn(
  { min, max }: { min: number; max: number },
  unit: MeasurementUnit,
): [min: number, max: number] {
  if (!(unit in CONVERSIONS)) return [min, max];
  const scale = 10 ** decimalsOf(unit);
  return [Math.ceil(toUnit(min, unit) * scale) / scale, Math.floor(toUnit(max, unit) * scale) / scale];
}

function round(value: number, decimals: number): number {
  return Number.isInteger(value) ? value : Number(value.toFixed(decimals));
}

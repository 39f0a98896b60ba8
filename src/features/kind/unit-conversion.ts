import type { MeasurementUnit } from './measurement-unit';

/** Milligrams per deciliter in a millimole per liter: glucose has 180.156 g/mol. */
const GLUCOSE = 18.0156;
/** Kilograms in a pound, by its definition. */
const POUND = 0.45359237;

/** Between a unit and the one that its quantity is stored in; the other units are stored as they are. */
const CONVERSIONS: Partial<
  Record<MeasurementUnit, { toStored(value: number): number; toUnit(stored: number): number }>
> = {
  MILLIMOLE_PER_LITER: { toStored: (value) => value * GLUCOSE, toUnit: (stored) => stored / GLUCOSE },
  KILOGRAM: { toStored: (value) => value / POUND, toUnit: (stored) => stored * POUND },
  CELSIUS: { toStored: (value) => value * 1.8 + 32, toUnit: (stored) => (stored - 32) / 1.8 },
};

/** Digits of a number that a conversion there and back leaves as they were; nobody measures as many. */
const EXACT_DIGITS = 12;

/** Decimals of what was computed: a value in another unit than it was sent in, or a mean. */
const decimalsOf = (unit: MeasurementUnit): number => (unit === 'MILLIGRAM_PER_DECILITER' ? 1 : 2);

/** Decimals that a number in a unit is sent with at least, be they zeros: JSON does not keep those. */
const sentDecimalsOf = (unit: MeasurementUnit): number =>
  unit === 'MILLIGRAM_PER_DECILITER' || unit === 'POUND' ? 0 : 1;

/** A number as it is stored, with the unit that it was sent in. */
export interface StoredQuantity {
  readonly value: number;
  readonly unit: MeasurementUnit;
}

/** With all digits that the conversion gives. */
export function toStored(value: number, unit: MeasurementUnit): number {
  return CONVERSIONS[unit]?.toStored(value) ?? value;
}

function toUnit(stored: number, unit: MeasurementUnit): number {
  return CONVERSIONS[unit]?.toUnit(stored) ?? stored;
}

/** A computed value, such as a mean, in a unit: rounded. */
export function roundedIn(stored: number, unit: MeasurementUnit): number {
  return round(toUnit(stored, unit), decimalsOf(unit));
}

/** A value in a unit: exactly what was sent in the unit that it was sent in, rounded in another. */
export function inUnit({ value, unit: sentUnit }: StoredQuantity, unit: MeasurementUnit): number {
  if (unit !== sentUnit) return roundedIn(value, unit);
  return unit in CONVERSIONS ? Number(toUnit(value, unit).toPrecision(EXACT_DIGITS)) : value;
}

/** Whether two values are the same, or differ only because one was converted and rounded before it was sent. */
export function isSame(one: StoredQuantity, other: StoredQuantity): boolean {
  if (one.unit === other.unit) return one.value === other.value;
  return isRounded(one, other) || isRounded(other, one);
}

/** Whether the other value is this one when it has as many decimals as this one. */
function isRounded(one: StoredQuantity, other: StoredQuantity): boolean {
  const sent = inUnit(one, one.unit);
  const [, decimals = ''] = String(sent).split('.');
  return round(toUnit(other.value, one.unit), Math.max(decimals.length, sentDecimalsOf(one.unit))) === sent;
}

/** The bounds of a stored value in a unit, rounded so that whoever keeps to them is within the real ones. */
export function boundsIn(
  { min, max }: { min: number; max: number },
  unit: MeasurementUnit,
): [min: number, max: number] {
  if (!(unit in CONVERSIONS)) return [min, max];
  const scale = 10 ** decimalsOf(unit);
  return [Math.ceil(toUnit(min, unit) * scale) / scale, Math.floor(toUnit(max, unit) * scale) / scale];
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

import { Float, Int } from 'type-graphql';
import { capitalize } from '../kind/kind-definition';
import { Comparator } from '../kind/blood-glucose';
import { MeasurementUnit, SYMBOLS, type UnitChoice } from '../kind/measurement-unit';
import { KINDS, MeasurementName, ReadingKind, unitsOf, type Quantity, type ReadingValue } from '../kind/reading-kind';
import { inUnit } from '../kind/unit-conversion';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import {
  argumentsType,
  defaulted,
  interfaceType,
  nodeType,
  objectType,
  optional,
  required,
} from '../../platform/graphql/types';
import { defineFields, type FieldDefinition } from '../../platform/graphql/fields';
import { ListLength } from '../../platform/operation/field-extensions';
import { MAX_CHOICES } from '../../platform/operation/list-bounds';
import { quantityOf, type ReadingRow } from './reading.row';
import type { TrendPoint } from './reading-trend';

/** Maximum per reading: a blood pressure has three, systolic, diastolic and heart rate. */
const MEASUREMENTS = Math.max(...KINDS.map(({ quantities }) => quantities.length));

interface MeasurementRow extends Pick<Quantity, 'name' | 'unit'> {
  value: number;
  symbol: string;
  comparator: Comparator | null;
}

export const Measurement = objectType<MeasurementRow>(
  'Measurement',
  'One number of a reading, in the same shape for every kind.',
  {
    name: required(MeasurementName, 'Quantity that was measured.'),
    value: required(Float, 'Number, in `unit`.'),
    unit: required(MeasurementUnit, 'Unit of `value`.'),
    symbol: required(String, 'Unit as written after the number, e.g. `mg/dL`.'),
    comparator: optional(
      Comparator,
      'Set when the meter showed its limit instead of a number, e.g. "HI": `value` is that limit, and the true value is less or greater. Null for a measured number.',
    ),
  },
);
ListLength(MEASUREMENTS)(Measurement);

export const Reading = interfaceType<ReadingRow>(
  'Reading',
  'A measurement that a device took at one instant, or that was entered by hand. Each kind has its own type; `measurements` returns the numbers of every kind in one shape.',
  {
    kind: required(ReadingKind, 'Kind of the reading. Determines its type.'),
    takenAt: required(DateTime, 'Time at which the reading was taken, by the clock of the device. See `clockAhead`.'),
    receivedAt: required(
      DateTime,
      'Time at which the gateway recorded the reading. Can be days after `takenAt` for a device that was offline.',
    ),
    manual: required(Boolean, 'Whether the reading was entered by hand.'),
    deviceTimeZoneOffset: optional(
      Int,
      "UTC offset of the device's clock in seconds, positive east of UTC, as the device sent it. Null when the device sent none.",
    ),
    patientTimeZoneOffset: optional(
      Int,
      "UTC offset of the patient's time zone at `takenAt` in seconds, positive east of UTC, including daylight saving time. Null when the time zone is unknown or there is no patient.",
    ),
  },
);

/** A field that several kinds share is nullable in all or in none. Otherwise one query could not select it for both. */
const NULLABLE = new Set(
  KINDS.flatMap(({ values }) => values)
    .filter((value) => value.type === 'choice' || value.optional)
    .map(({ member }) => member),
);

export const READING_TYPES = KINDS.map(({ typeName, noun, source, values }) => {
  const description = `${capitalize(noun)} reading${source === undefined ? '' : `, ${source}`}.`;
  const type = nodeType<Record<string, never>>(typeName, description, {}, Reading);
  defineFields<ReadingRow>(type, Object.fromEntries(values.map((value) => [value.member, fieldOf(value)])));
  return type;
});

function fieldOf(value: ReadingValue): FieldDefinition<ReadingRow> {
  const { member } = value;
  if (value.type !== 'choice' && value.units) return fieldInUnit(value as Quantity, value.units);
  const isChoice = value.type === 'choice';
  return {
    type: isChoice ? value.choices : value.type === 'integer' ? Int : Float,
    nullable: NULLABLE.has(member),
    description: isChoice ? value.description : `${value.label}, in ${SYMBOLS[value.unit]}.${whenNull(value)}`,
    source: { kind: 'column', column: member },
    resolve: (reading) => reading[member],
  };
}

/** A field with an argument for the unit of its number. */
function fieldInUnit(quantity: Quantity, units: UnitChoice): FieldDefinition<ReadingRow> {
  const { member, unit } = quantity;
  return {
    type: Float,
    nullable: NULLABLE.has(member),
    description: `${quantity.label}, in the requested unit. Exact in the unit in which it was sent, rounded in another.${whenNull(quantity)}`,
    args: argumentsType({ unit: defaulted(units, unit, 'Unit of the returned number.') }),
    source: { kind: 'computed', columns: [member, 'sentUnit'] },
    resolve: (reading, args: { unit: MeasurementUnit }) => {
      const stored = quantityOf(reading, quantity);
      return stored && inUnit(stored, args.unit);
    },
  };
}

function whenNull({ optional: isOptional }: Pick<Quantity, 'optional'>): string {
  return isOptional ? ' Null when it was not measured.' : '';
}

const DEFAULT_UNITS = [
  ...new Set(
    KINDS.flatMap(({ quantities }) => quantities.flatMap(({ unit, units }) => (units ? [SYMBOLS[unit]] : []))),
  ),
].join(', ');

export const MeasurementsArguments = argumentsType({
  units: optional(
    [MeasurementUnit],
    `Preferred units for quantities that have several. Each quantity uses the first unit in this list that it has, otherwise its default (${DEFAULT_UNITS}). At most ${MAX_CHOICES}.`,
    { limit: 'values of another list' },
  ),
});
export type MeasurementsArguments = InstanceType<typeof MeasurementsArguments>;

/** The first requested unit that the quantity has, otherwise its default. */
export function chosenUnit(
  quantity: Quantity,
  requested: readonly MeasurementUnit[] | null | undefined,
): MeasurementUnit {
  return requested?.find((unit) => unitsOf(quantity).includes(unit)) ?? quantity.unit;
}

export const ReadingConnection = connectionType(Reading, 'Reading', 'readings', { countable: false });

interface MeasurementSummaryRow extends Pick<MeasurementRow, 'name' | 'unit' | 'symbol'> {
  min: number;
  max: number;
  mean: number;
  lessThanCount: number;
  greaterThanCount: number;
}

export const MeasurementSummary = objectType<MeasurementSummaryRow>(
  'MeasurementSummary',
  'Summary of one quantity over the readings of a bucket.',
  {
    name: required(MeasurementName, 'Quantity that was measured.'),
    unit: required(MeasurementUnit, 'Unit of `min`, `max` and `mean`.'),
    symbol: required(String, 'Unit as written after the number, e.g. `mg/dL`.'),
    min: required(Float, 'Smallest number in the bucket. If `lessThanCount` is not 0, the true values go below it.'),
    max: required(Float, 'Largest number in the bucket. If `greaterThanCount` is not 0, the true values go above it.'),
    mean: required(
      Float,
      'Arithmetic mean of the bucket, rounded to two decimals, or to one in mg/dL. A limit of the meter counts as its number.',
    ),
    lessThanCount: required(
      Int,
      'Number of readings with the comparator `LESS_THAN`: the true value was below what the meter can measure.',
    ),
    greaterThanCount: required(
      Int,
      'Number of readings with the comparator `GREATER_THAN`: the true value was above what the meter can measure.',
    ),
  },
);
ListLength(MEASUREMENTS)(MeasurementSummary);

export const ReadingTrendPoint = objectType<TrendPoint>(
  'ReadingTrendPoint',
  'One point of a trend: the readings in one bucket of time.',
  {
    startsAt: required(DateTime, "Start of the bucket, inclusive, e.g. midnight in the patient's time zone."),
    endsAt: required(DateTime, 'End of the bucket, exclusive.'),
    count: required(Int, 'Number of readings in the bucket, at least 1.'),
  },
);

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
import { quantityOf, type ReadingRow } from './reading.row';
import type { TrendPoint } from './reading-trend';

/** A blood pressure has the most: two, and the heart rate. */
const MEASUREMENTS = Math.max(...KINDS.map(({ quantities }) => quantities.length));

interface MeasurementRow extends Pick<Quantity, 'name' | 'unit'> {
  value: number;
  symbol: string;
  comparator: Comparator | null;
}

export const Measurement = objectType<MeasurementRow>(
  'Measurement',
  'One number of a reading, in one shape for every kind.',
  {
    name: required(MeasurementName, 'What was measured.'),
    value: required(Float, 'The number, in `unit`.'),
    unit: required(MeasurementUnit, 'The unit of `value`.'),
    symbol: required(String, 'The unit as people write it after the number, e.g. `mg/dL`.'),
    comparator: optional(
      Comparator,
      'How the true value relates to `value`, which then is the limit of what the meter can measure; null for a number that was measured.',
    ),
  },
);
ListLength(MEASUREMENTS)(Measurement);

export const Reading = interfaceType<ReadingRow>(
  'Reading',
  'What a device measured at one instant, or what somebody entered by hand. Each kind is a type of its own; `measurements` shows the numbers of all kinds in one shape.',
  {
    kind: required(ReadingKind, 'What kind of reading; tells the type.'),
    takenAt: required(DateTime, 'When it was taken.'),
    receivedAt: required(DateTime, 'When the platform recorded it; days later for a device that was out of reach.'),
    manual: required(Boolean, 'Whether somebody entered it by hand.'),
    deviceTimeZoneOffset: optional(
      Int,
      "The device's own clock: seconds east of UTC, as the device sent it; null when it sends none.",
    ),
    patientTimeZoneOffset: optional(
      Int,
      "The patient's clock: seconds east of UTC at `takenAt` in the patient's zone, daylight saving included; null when the zone is unknown.",
    ),
  },
);

/** A field that several kinds have must be as nullable in one as in another, or no query could ask for both. */
const NULLABLE = new Set(
  KINDS.flatMap(({ values }) => values)
    .filter((value) => value.type === 'choice' || value.optional)
    .map(({ member }) => member),
);

export const READING_TYPES = KINDS.map(({ typeName, noun, source, values }) => {
  const description = `${capitalize(noun)}${source === undefined ? '' : `, ${source}`}.`;
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
    description: isChoice ? value.description : `${value.label}, in ${SYMBOLS[value.unit]}${whenNull(value)}.`,
    source: { kind: 'computed', columns: [member] },
    resolve: (reading) => reading[member],
  };
}

/** A number whose unit is an argument. */
function fieldInUnit(quantity: Quantity, units: UnitChoice): FieldDefinition<ReadingRow> {
  const { member, unit } = quantity;
  return {
    type: Float,
    nullable: NULLABLE.has(member),
    description: `${quantity.label}: exactly as it was sent, in the unit that it was sent in; rounded in another${whenNull(quantity)}.`,
    args: argumentsType({ unit: defaulted(units, unit, 'The unit of the number.') }),
    source: { kind: 'computed', columns: [member, 'sentUnit'] },
    resolve: (reading, args: { unit: MeasurementUnit }) => {
      const stored = quantityOf(reading, quantity);
      return stored && inUnit(stored, args.unit);
    },
  };
}

function whenNull({ optional: isOptional }: Pick<Quantity, 'optional'>): string {
  return isOptional ? '; null when it was not measured' : '';
}

const DEFAULT_UNITS = [
  ...new Set(
    KINDS.flatMap(({ quantities }) => quantities.flatMap(({ unit, units }) => (units ? [SYMBOLS[unit]] : []))),
  ),
].join(', ');

export const MeasurementsArguments = argumentsType({
  units: optional(
    [MeasurementUnit],
    `The units to use for quantities that have several: of each quantity the first one in this list that it has, else its default (${DEFAULT_UNITS}).`,
  ),
});
export type MeasurementsArguments = InstanceType<typeof MeasurementsArguments>;

/** Of those that are asked for the first that the quantity has, else its own. */
export function chosenUnit(quantity: Quantity, asked: readonly MeasurementUnit[] | null | undefined): MeasurementUnit {
  const units = unitsOf(quantity);
  return asked?.find((unit) => units.includes(unit)) ?? quantity.unit;
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
  'One number of the readings of a bucket.',
  {
    name: required(MeasurementName, 'What was measured.'),
    unit: required(MeasurementUnit, 'The unit of `min`, `max` and `mean`.'),
    symbol: required(String, 'The unit as people write it after the number, e.g. `mg/dL`.'),
    min: required(Float, 'The least number of the bucket.'),
    max: required(Float, 'The greatest number of the bucket.'),
    mean: required(Float, 'The arithmetic mean of the bucket, rounded to two decimals, in mg/dL to one.'),
    lessThanCount: required(
      Int,
      'Number of readings of the bucket whose true value is less than their number, which is the limit of a meter.',
    ),
    greaterThanCount: required(
      Int,
      'Number of readings of the bucket whose true value is greater than their number, which is the limit of a meter.',
    ),
  },
);
ListLength(MEASUREMENTS)(MeasurementSummary);

export const ReadingTrendPoint = objectType<TrendPoint>(
  'ReadingTrendPoint',
  'One point of a chart: the readings of a bucket of time.',
  {
    startsAt: required(DateTime, "The first instant of the bucket, e.g. midnight in the patient's zone."),
    endsAt: required(DateTime, 'The first instant after the bucket.'),
    count: required(Int, 'Number of readings in the bucket; buckets without any are left out.'),
  },
);

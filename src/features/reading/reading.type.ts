import { Float, Int } from 'type-graphql';
import { capitalize } from '../kind/kind-definition';
import { MeasurementUnit, UNIT_WORDS } from '../kind/measurement-unit';
import { KINDS, MeasurementName, ReadingKind, type Quantity, type ReadingValue } from '../kind/reading-kind';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import {
  interfaceType,
  nodeType,
  objectType,
  optional,
  required,
  type MemberField,
} from '../../platform/graphql/types';
import { ListLength } from '../../platform/operation/field-extensions';
import type { ReadingRow } from './reading.row';
import type { TrendPoint } from './trend.repository';

/** A blood pressure has the most: two, and the heart rate. */
const MEASUREMENTS = Math.max(...KINDS.map(({ quantities }) => quantities.length));

interface MeasurementRow extends Pick<Quantity, 'name' | 'unit'> {
  value: number;
}

export const Measurement = objectType<MeasurementRow>(
  'Measurement',
  'One number of a reading, in one shape for every kind.',
  {
    name: required(MeasurementName, 'What was measured.'),
    value: required(Float, 'How much of it.'),
    unit: required(MeasurementUnit, 'In which unit; always the same for the same name.'),
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
    .filter((value) => value.type === 'flag' || value.optional)
    .map(({ member }) => member),
);

export const READING_TYPES = KINDS.map(({ typeName, noun, source, values }) => {
  const description = `${capitalize(noun)}${source === undefined ? '' : `, ${source}`}.`;
  const fields = Object.fromEntries(values.map((value) => [value.member, fieldOf(value)]));
  return nodeType<Record<string, never>>(typeName, description, fields, Reading);
});

function fieldOf(value: ReadingValue): MemberField<never> {
  const field = NULLABLE.has(value.member) ? optional : required;
  if (value.type === 'flag') return field(Boolean, value.description);
  const { type, label, unit, optional: isOptional } = value;
  const whenNull = isOptional ? '; null when it was not measured' : '';
  return field(type === 'integer' ? Int : Float, `${label}, in ${UNIT_WORDS[unit]}${whenNull}.`);
}

export const ReadingConnection = connectionType(Reading, 'Reading', 'readings', { countable: false });

export const MeasurementSummary = objectType<TrendPoint['measurements'][number]>(
  'MeasurementSummary',
  'One number of the readings of a bucket.',
  {
    name: required(MeasurementName, 'What was measured.'),
    unit: required(MeasurementUnit, 'In which unit.'),
    min: required(Float, 'The least of the bucket.'),
    max: required(Float, 'The greatest of the bucket.'),
    mean: required(Float, 'The arithmetic mean of the bucket.'),
  },
);
ListLength(MEASUREMENTS)(MeasurementSummary);

export const ReadingTrendPoint = objectType<TrendPoint>(
  'ReadingTrendPoint',
  'One point of a chart: the readings of a bucket of time.',
  {
    bucketStart: required(DateTime, "When the bucket begins, e.g. midnight in the patient's zone."),
    count: required(Int, 'How many readings it has; buckets without any are left out.'),
    measurements: required(
      [MeasurementSummary],
      'The numbers of its readings; one that none of them holds is left out.',
    ),
  },
);

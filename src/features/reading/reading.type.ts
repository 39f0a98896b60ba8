import { Field, Float, InterfaceType, Int, ObjectType } from 'type-graphql';
import { capitalize } from '../kind/kind-definition';
import { MeasurementUnit, UNIT_WORDS } from '../kind/measurement-unit';
import { KINDS, MeasurementName, ReadingKind, type Quantity, type ReadingValue } from '../kind/reading-kind';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node, type NodeRow } from '../../platform/graphql/node.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { ListLength } from '../../platform/operation/field-extensions';
import type { ReadingEntity } from './reading.entity';
import type { TrendPoint } from './trend.repository';

/** A blood pressure has the most: two, and the heart rate. */
const MEASUREMENTS = Math.max(...KINDS.map(({ quantities }) => quantities.length));

@ListLength(MEASUREMENTS)
@ObjectType({ description: 'One number of a reading, in one shape for every kind.', simpleResolvers: true })
export class Measurement implements Pick<Quantity, 'name' | 'unit'> {
  @Field(() => MeasurementName, { description: 'What was measured.' })
  name: MeasurementName;

  @Field(() => Float, { description: 'How much of it.' })
  value: number;

  @Field(() => MeasurementUnit, { description: 'In which unit; always the same for the same name.' })
  unit: MeasurementUnit;
}

type Shown = 'takenAt' | 'receivedAt' | 'manual' | 'deviceTimeZoneOffset' | 'patientTimeZoneOffset';

@InterfaceType({
  implements: Node,
  description:
    'What a device measured at one instant, or what somebody entered by hand. Each kind is a type of its own; `measurements` shows the numbers of all kinds in one shape.',
  resolveType: (row: NodeRow) => row.__typename,
})
export abstract class Reading extends Node implements Pick<ReadingEntity, Shown> {
  @DatabaseId() databaseId: string;

  @Field(() => ReadingKind, { description: 'What kind of reading; tells the type.' })
  kind: ReadingKind;

  @Field(() => DateTime, { description: 'When it was taken.' })
  takenAt: Date;

  @Field(() => DateTime, {
    description: 'When the platform recorded it; days later for a device that was out of reach.',
  })
  receivedAt: Date;

  @Field(() => Boolean, { description: 'Whether somebody entered it by hand.' })
  manual: boolean;

  @Field(() => Int, {
    nullable: true,
    description: "The device's own clock: seconds east of UTC, as the device sent it; null when it sends none.",
  })
  deviceTimeZoneOffset: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The patient's clock: seconds east of UTC at `takenAt` in the patient's zone, daylight saving included; null when the zone is unknown.",
  })
  patientTimeZoneOffset: number | null;
}

/** A field that several kinds have must be as nullable in one as in another, or no query could ask for both. */
const NULLABLE = new Set(
  KINDS.flatMap(({ values }) => values)
    .filter((value) => value.type === 'flag' || value.optional)
    .map(({ member }) => member),
);

export const READING_TYPES = KINDS.map(({ typeName, noun, source, values }) => {
  const from = source === undefined ? '' : `, ${source}`;

  @ObjectType(typeName, { implements: Reading, description: `${capitalize(noun)}${from}.`, simpleResolvers: true })
  class KindReading extends Reading {}
  for (const value of values) valueField(value)(KindReading.prototype, value.member);
  return KindReading;
});

function valueField(value: ReadingValue): PropertyDecorator {
  const nullable = NULLABLE.has(value.member);
  if (value.type === 'flag') return Field(() => Boolean, { nullable, description: value.description });
  const { type, label, unit, optional } = value;
  const description = `${label}, in ${UNIT_WORDS[unit]}${optional ? '; null when it was not measured' : ''}.`;
  return Field(() => (type === 'integer' ? Int : Float), { nullable, description });
}

export const ReadingConnection = connectionType(Reading, 'Reading', 'readings', { countable: false });

@ListLength(MEASUREMENTS)
@ObjectType({ description: 'One number of the readings of a bucket.', simpleResolvers: true })
export class MeasurementSummary implements Pick<Quantity, 'name' | 'unit'> {
  @Field(() => MeasurementName, { description: 'What was measured.' })
  name: MeasurementName;

  @Field(() => MeasurementUnit, { description: 'In which unit.' })
  unit: MeasurementUnit;

  @Field(() => Float, { description: 'The least of the bucket.' })
  min: number;

  @Field(() => Float, { description: 'The greatest of the bucket.' })
  max: number;

  @Field(() => Float, { description: 'The arithmetic mean of the bucket.' })
  mean: number;
}

@ObjectType({ description: 'One point of a chart: the readings of a bucket of time.', simpleResolvers: true })
export class ReadingTrendPoint implements TrendPoint {
  @Field(() => DateTime, { description: "When the bucket begins, e.g. midnight in the patient's zone." })
  bucketStart: Date;

  @Field(() => Int, { description: 'How many readings it has; buckets without any are left out.' })
  count: number;

  @Field(() => [MeasurementSummary], {
    description: 'The numbers of its readings; one that none of them holds is left out.',
  })
  measurements: MeasurementSummary[];
}

import { Field, Float, InterfaceType, Int, ObjectType } from 'type-graphql';
import { ReadingKind } from '../kind/reading-kind';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node, type NodeRow } from '../../platform/graphql/node.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { MeasurementName, MeasurementUnit, type Quantity } from './reading-kinds';
import type { ReadingEntity } from './reading.entity';
import type { TrendPoint } from './trend.repository';

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

const HEART_RATE = {
  nullable: true,
  description: 'Heart rate, in beats a minute; null when it was not measured.',
} as const;

@ObjectType({ implements: Reading, description: 'A blood pressure, e.g. from a cuff.', simpleResolvers: true })
export class BloodPressureReading extends Reading implements Pick<ReadingEntity, 'heartRate'> {
  @Field(() => Int, { description: 'Systolic pressure, in mmHg.' })
  systolic: number;

  @Field(() => Int, { description: 'Diastolic pressure, in mmHg.' })
  diastolic: number;

  @Field(() => Int, HEART_RATE)
  heartRate: number | null;
}

@ObjectType({ implements: Reading, description: 'A blood glucose, e.g. from a meter.', simpleResolvers: true })
export class BloodGlucoseReading extends Reading implements Pick<ReadingEntity, 'beforeMeal' | 'afterMeal'> {
  @Field(() => Int, { description: 'Glucose, in mg/dL.' })
  glucose: number;

  @Field(() => Boolean, { nullable: true, description: 'Whether it was taken before a meal; null when nobody said.' })
  beforeMeal: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it was taken after a meal; null when nobody said.' })
  afterMeal: boolean | null;
}

@ObjectType({ implements: Reading, description: 'An oxygen saturation, e.g. from an oximeter.', simpleResolvers: true })
export class BloodOxygenReading extends Reading implements Pick<ReadingEntity, 'heartRate'> {
  @Field(() => Int, { description: 'Oxygen saturation, in percent.' })
  bloodOxygen: number;

  @Field(() => Int, HEART_RATE)
  heartRate: number | null;
}

@ObjectType({ implements: Reading, description: 'A body weight, from a scale.', simpleResolvers: true })
export class WeightReading extends Reading {
  @Field(() => Float, { description: 'Weight, in pounds.' })
  weight: number;
}

@ObjectType({ implements: Reading, description: 'A heart rate by itself.', simpleResolvers: true })
export class HeartRateReading extends Reading implements Pick<ReadingEntity, 'heartRate'> {
  @Field(() => Int, { nullable: true, description: 'Heart rate, in beats a minute.' })
  heartRate: number | null;
}

@ObjectType({ implements: Reading, description: 'A body temperature.', simpleResolvers: true })
export class TemperatureReading extends Reading {
  @Field(() => Float, { description: 'Temperature, in degrees Fahrenheit.' })
  temperature: number;
}

@ObjectType({ implements: Reading, description: 'A peak flow, from a peak flow meter.', simpleResolvers: true })
export class PeakFlowReading extends Reading implements Pick<ReadingEntity, 'forcedExpiratoryVolumeInOneSecond'> {
  @Field(() => Float, { description: 'Peak expiratory flow, in litres a minute.' })
  peakExpiratoryFlow: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Volume breathed out in the first second (FEV1), in litres; null when it was not measured.',
  })
  forcedExpiratoryVolumeInOneSecond: number | null;
}

export const READING_TYPES = [
  BloodPressureReading,
  BloodGlucoseReading,
  BloodOxygenReading,
  WeightReading,
  HeartRateReading,
  TemperatureReading,
  PeakFlowReading,
];

export const ReadingConnection = connectionType(Reading, 'Reading', 'readings', { countable: false });

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

import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ReadingKind } from '../kind/reading-kind';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { TrendBucket } from './trend-bucket';

@InputType({
  description:
    'Which readings to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
})
export class ReadingFilter {
  @Field(() => [ReadingKind], { nullable: true, description: 'Readings of any of these kinds.' })
  kind?: ReadingKind[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Readings taken at this instant or later.' })
  takenFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Readings taken before this instant.' })
  takenTo?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, readings that were entered by hand; with false, those that a device sent.',
  })
  manual?: boolean | null;

  @Field(() => [ID], { nullable: true, description: 'Readings of any of these devices.' })
  deviceId?: string[] | null;
}

@ArgsType()
export class ReadingsArguments extends ConnectionArguments {
  @Field(() => ReadingFilter, { nullable: true, description: 'Which readings to answer; all of them when absent.' })
  filter?: ReadingFilter | null;
}

@ArgsType()
export class LatestReadingArguments {
  @Field(() => ReadingKind, { nullable: true, description: 'Of this kind; of any kind when absent.' })
  kind?: ReadingKind | null;
}

@ArgsType()
export class ReadingTrendArguments {
  @Field(() => ReadingKind, { description: 'Readings of this kind.' })
  kind: ReadingKind;

  @Field(() => DateTime, { description: 'Readings taken at this instant or later.' })
  from: Date;

  @Field(() => DateTime, { description: 'Readings taken before this instant.' })
  to: Date;

  @Field(() => TrendBucket, { description: 'How long the buckets are; at most 1,000 of them fit between the two.' })
  bucket: TrendBucket;
}

@InputType({ description: 'Which readings to stream; conditions are combined with "and".' })
export class ReadingRecordedFilter {
  @Field(() => [ID], { nullable: true, description: 'Readings of any of these devices.' })
  deviceId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Readings that belong to any of these patients.' })
  patientId?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Readings of devices that were at any of these sites when they were recorded, or of patients whom the site looks after.',
  })
  siteId?: string[] | null;

  @Field(() => [ReadingKind], { nullable: true, description: 'Readings of any of these kinds.' })
  kind?: ReadingKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'Readings of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class ReadingRecordedArguments {
  @Field(() => ReadingRecordedFilter, {
    nullable: true,
    description: 'Which readings to stream; all of them when absent.',
  })
  filter?: ReadingRecordedFilter | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A cursor of an earlier reading, or `Query.deviceStatusCursor`: the stream goes on right behind it. Readings from now on when absent.',
  })
  after?: string | null;
}

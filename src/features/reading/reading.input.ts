import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { ReadingKind } from '../kind/reading-kind';
import { DateTime } from '../../platform/graphql/scalars.type';
import { TrendBucket } from './trend-bucket';

export const LatestReadingArguments = argumentsType({
  kind: optional(ReadingKind, 'Of this kind; of any kind when absent.'),
});
export type LatestReadingArguments = InstanceType<typeof LatestReadingArguments>;

export const ReadingTrendArguments = argumentsType({
  kind: required(ReadingKind, 'Readings of this kind.'),
  from: required(DateTime, 'Readings taken at this instant or later.'),
  to: required(DateTime, 'Readings taken before this instant.'),
  bucket: required(TrendBucket, 'How long the buckets are; at most 1,000 of them fit between the two.'),
});
export type ReadingTrendArguments = InstanceType<typeof ReadingTrendArguments>;

export const ReadingRecordedFilter = inputType(
  'ReadingRecordedFilter',
  'Which readings to stream; conditions are combined with "and".',
  {
    deviceIds: optional([ID], 'Readings of any of these devices.'),
    patientIds: optional([ID], 'Readings that belong to any of these patients.'),
    siteIds: optional(
      [ID],
      'Readings of devices that were at any of these sites when they were recorded, or of patients whom the site looks after.',
    ),
    kinds: optional([ReadingKind], 'Readings of any of these kinds.'),
    customerIds: optional([ID], 'Readings of any of these customers; for operators.'),
  },
);
export type ReadingRecordedFilter = InstanceType<typeof ReadingRecordedFilter>;

export const ReadingRecordedArguments = argumentsType({
  filter: optional(ReadingRecordedFilter, 'Which readings to stream; all of them when absent.'),
  after: optional(
    String,
    'A cursor of an earlier event, or `Query.streamCursor`: the stream continues with what follows it. If omitted, only readings from now on are sent.',
  ),
});
export type ReadingRecordedArguments = InstanceType<typeof ReadingRecordedArguments>;

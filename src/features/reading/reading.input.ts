import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { ReadingKind } from '../kind/reading-kind';
import { DateTime } from '../../platform/graphql/scalars.type';
import { filterInput } from '../../platform/graphql/list-arguments';
import { READINGS_OF_TREND } from './reading.list';
import { TrendBucket } from './trend-bucket';

export const LatestReadingArguments = argumentsType({
  kind: optional(ReadingKind, 'Of this kind; of any kind when absent.'),
});
export type LatestReadingArguments = InstanceType<typeof LatestReadingArguments>;

export const DateTimePeriod = inputType('DateTimePeriod', 'A period of time with a beginning and an end.', {
  from: required(DateTime, 'The first instant of the period.'),
  to: required(DateTime, 'The first instant after the period; must be later than `from`.'),
});

export const ReadingTrendArguments = argumentsType({
  kind: required(ReadingKind, 'Readings of this kind.'),
  period: required(DateTimePeriod, 'Readings taken in this period; it may touch at most 1,000 buckets.'),
  bucket: required(TrendBucket, 'How long the buckets are.'),
  filter: optional(filterInput(READINGS_OF_TREND), 'Which of the readings; all of them when absent.'),
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

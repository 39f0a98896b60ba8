import { streamAfter } from '../../platform/graphql/stream-event.type';
import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { listOf } from '../../platform/graphql/filter-members';
import { ID } from 'type-graphql';
import { ReadingKind } from '../kind/reading-kind';
import { DateTime } from '../../platform/graphql/scalars.type';
import { filterInput } from '../../platform/graphql/list-arguments';
import { READINGS_OF_TREND } from './reading.list';
import { TrendBucket } from './trend-bucket';

export const LatestReadingArguments = argumentsType({
  kind: optional(ReadingKind, 'Kind of the reading. Any kind when omitted.'),
});
export type LatestReadingArguments = InstanceType<typeof LatestReadingArguments>;

export const DateTimePeriod = inputType('DateTimePeriod', 'A period of time. Includes `from` and excludes `to`.', {
  from: required(DateTime, 'Start of the period, inclusive.'),
  to: required(DateTime, 'End of the period, exclusive. Must be later than `from`.'),
});

export const ReadingTrendArguments = argumentsType({
  kind: required(ReadingKind, 'Kind of the readings.'),
  period: required(DateTimePeriod, 'Period in which the readings were taken. Can span at most 1,000 buckets.'),
  bucket: required(TrendBucket, 'Length of the buckets.'),
  filter: optional(
    filterInput(READINGS_OF_TREND),
    'Filter for the readings to summarize. All are summarized when omitted.',
  ),
});
export type ReadingTrendArguments = InstanceType<typeof ReadingTrendArguments>;

export const ReadingRecordedFilter = inputType(
  'ReadingRecordedFilter',
  'Filter for readings. All given conditions must hold. A list matches any of its values, at most 1,000; an empty list matches nothing.',
  {
    deviceIds: listOf(ID, 'Readings of any of these devices.'),
    patientIds: listOf(ID, 'Readings of any of these patients.'),
    siteIds: listOf(
      ID,
      'Readings of devices that were at any of these sites when the reading was recorded, and readings of patients of these sites.',
    ),
    kinds: listOf(ReadingKind, 'Readings of any of these kinds.'),
    customerIds: listOf(ID, 'Readings of any of these customers. For operators.'),
  },
);
export type ReadingRecordedFilter = InstanceType<typeof ReadingRecordedFilter>;

export const ReadingRecordedArguments = argumentsType({
  filter: optional(ReadingRecordedFilter, 'Filter for the readings to stream. All are streamed when omitted.'),
  after: streamAfter('When omitted, only readings recorded from now on are sent.'),
});
export type ReadingRecordedArguments = InstanceType<typeof ReadingRecordedArguments>;

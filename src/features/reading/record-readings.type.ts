import { objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { UserError } from '../../platform/graphql/user-error.type';
import { RecordReadingOutcome, type RecordResult, type RecordReadingsResult } from './record-readings';
import { Reading } from './reading.type';

export const RecordReadingResult = objectType<RecordResult>('RecordReadingResult', 'What became of one reading.', {
  outcome: required(RecordReadingOutcome, 'Whether it was stored.'),
  reading: optional(Reading, 'The stored reading; null when it was refused.'),
  userErrors: required([UserError], 'Why it was refused or is in conflict; empty otherwise.'),
});

export const RecordReadingsPayload = objectType<RecordReadingsResult>(
  'RecordReadingsPayload',
  'The answer of `recordReadings`.',
  {
    results: required([RecordReadingResult], 'What became of each reading, in the order of the input.'),
    recorded: required(Int, 'How many were stored.'),
    duplicates: required(Int, 'How many were stored before.'),
    conflicts: required(Int, 'How many were stored before with other values.'),
    refused: required(Int, 'How many broke a rule.'),
  },
);

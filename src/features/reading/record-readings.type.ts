import { objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { UserError } from '../../platform/graphql/user-error.type';
import { RecordReadingOutcome, type RecordResult } from './record-readings';
import { Reading } from './reading.type';

export const RecordReadingResult = objectType<RecordResult>('RecordReadingResult', 'What became of one reading.', {
  outcome: required(RecordReadingOutcome, 'Whether it was stored.'),
  reading: optional(Reading, 'The stored reading; null when it was refused.'),
  userErrors: required([UserError], 'Why it was refused or is in conflict; empty otherwise.'),
});

/** What `recordReadings` shows besides the refusal of the call as a whole. */
export const RECORDED_READINGS = {
  results: [
    [RecordReadingResult],
    'What became of each reading, in the order of the input; null when the call was refused as a whole.',
  ],
  recorded: [Int, 'Number of readings that were stored; null when the call was refused.'],
  duplicates: [Int, 'Number of readings that were stored before; null when the call was refused.'],
  conflicts: [Int, 'Number of readings that were stored before with other values; null when the call was refused.'],
  refused: [Int, 'Number of readings that broke a rule; null when the call was refused.'],
} as const;

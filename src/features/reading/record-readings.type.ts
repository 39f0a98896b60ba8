import { objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { UserError } from '../../platform/graphql/user-error.type';
import { RecordReadingOutcome, type RecordResult } from './record-readings';
import { Reading } from './reading.type';

export const RecordReadingResult = objectType<RecordResult>('RecordReadingResult', 'Result of recording one reading.', {
  outcome: required(RecordReadingOutcome, 'Outcome of the reading.'),
  reading: optional(
    Reading,
    'Stored reading. Null when it was refused, and in the result of a repeated call, when it was deleted in the meantime.',
  ),
  userErrors: required([UserError], 'Why the reading was refused or is in conflict. Empty otherwise.'),
});

/** Payload of `recordReadings`, without `userErrors`. */
export const RECORDED_READINGS = {
  results: [
    [RecordReadingResult],
    'Result of each reading, in the order of the input. Null when the whole call was refused.',
  ],
  recorded: [Int, 'Number of readings with the outcome `RECORDED`. Null when the whole call was refused.'],
  duplicates: [Int, 'Number of readings with the outcome `DUPLICATE`. Null when the whole call was refused.'],
  conflicts: [Int, 'Number of readings with the outcome `CONFLICT`. Null when the whole call was refused.'],
  refused: [Int, 'Number of readings with the outcome `REFUSED`. Null when the whole call was refused.'],
} as const;

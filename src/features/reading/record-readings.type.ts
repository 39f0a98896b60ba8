import { Field, Int, ObjectType } from 'type-graphql';
import type { Problem } from '../../platform/base/errors';
import { UserError } from '../../platform/graphql/user-error.type';
import { RecordReadingOutcome, type RecordResult, type RecordReadingsResult } from './record-readings';
import { Reading } from './reading.type';

@ObjectType({ description: 'What became of one reading.', simpleResolvers: true })
export class RecordReadingResult implements Pick<RecordResult, 'outcome'> {
  @Field(() => RecordReadingOutcome, { description: 'Whether it was stored.' })
  outcome: RecordReadingOutcome;

  @Field(() => Reading, { nullable: true, description: 'The stored reading; null when it was refused.' })
  reading: Reading | null;

  @Field(() => [UserError], { description: 'Why it was refused or is in conflict; empty otherwise.' })
  userErrors: Problem[];
}

@ObjectType({ description: 'The answer of `recordReadings`.', simpleResolvers: true })
export class RecordReadingsPayload implements Omit<RecordReadingsResult, 'results'> {
  @Field(() => [RecordReadingResult], { description: 'What became of each reading, in the order of the input.' })
  results: RecordReadingResult[];

  @Field(() => Int, { description: 'How many were stored.' })
  recorded: number;

  @Field(() => Int, { description: 'How many were stored before.' })
  duplicates: number;

  @Field(() => Int, { description: 'How many were stored before with other values.' })
  conflicts: number;

  @Field(() => Int, { description: 'How many broke a rule.' })
  refused: number;
}

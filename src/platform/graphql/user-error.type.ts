import { Field, ObjectType } from 'type-graphql';
import { UserErrorCode } from '../base/user-error-code';
import { ListLength } from '../operation/field-extensions';

/** Of a mutation, or of each thing that it writes: nearly all have none. */
@ListLength(1)
@ObjectType({
  description:
    'A rule that the input broke. When there is one, nothing was changed and the other fields of the payload are null.',
  simpleResolvers: true,
})
export class UserError {
  @Field(() => UserErrorCode, { description: 'Which rule, for programs.' })
  code: UserErrorCode;

  @Field(() => String, { description: 'What is wrong and what to do about it, for people.' })
  message: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Where in the input the value stands, e.g. `["input", "siteId"]`; null when it is about no single value.',
  })
  path: string[] | null;
}

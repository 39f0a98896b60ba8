import { objectType, optional, required } from './types';
import type { Problem } from '../base/errors';
import { UserErrorCode } from '../base/user-error-code';
import { ListLength } from '../operation/field-extensions';

export const UserError = objectType<Problem>(
  'UserError',
  'A rule that the input broke. When there is one, nothing was changed. The other fields of the payload are null then, except for the thing that STALE_VERSION returns as it is now.',
  {
    code: required(UserErrorCode, 'Which rule, for programs.'),
    message: required(String, 'What is wrong and what to do about it, for people.'),
    path: optional(
      [String],
      'Where in the input the value stands, e.g. `["input", "siteId"]`; null when it is about no single value.',
    ),
  },
);

// Of a mutation, or of each thing that it writes: nearly all have none.
ListLength(1)(UserError);

import { objectType, optional, required } from './types';
import type { Problem } from '../base/errors';
import { UserErrorCode } from '../base/user-error-code';
import { ListLength } from '../operation/field-extensions';

export const UserError = objectType<Problem>(
  'UserError',
  'A rule that the input breaks. Nothing is changed then, and the other fields of the payload are null. With `STALE_VERSION`, the payload returns the object in its current state.',
  {
    code: required(UserErrorCode, 'Code of the rule, for programs.'),
    message: required(String, 'What is wrong and how to correct it, for people.'),
    path: optional(
      [String],
      'Path of the value in the input, e.g. `["input", "siteId"]`. Null when no single value is wrong.',
    ),
  },
);

// For the cost: nearly all mutations, and nearly all their items, have no error.
ListLength(1)(UserError);

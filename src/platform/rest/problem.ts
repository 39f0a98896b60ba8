import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { integer, shape, text } from './shapes';

export const PROBLEM_TYPE = 'application/problem+json';

const FIELD = text(
  'Member of the body, parameter or header that is at fault, with dots for inner members. Null when it is none of them.',
).nullable();

export const Fault = shape('Fault', 'One reason why a request was refused.', {
  code: text(
    'Code of the reason, as in GraphQL: a `UserErrorCode`, or a code of a top-level error. Codes may be added.',
  ),
  detail: text('Sentence that states the rule and the way out. Contains no personal data.'),
  field: FIELD,
});

/** RFC 9457. */
export const Problem = shape('Problem', 'Why a request was refused: problem details of RFC 9457.', {
  type: z
    .literal('about:blank')
    .describe('Always `about:blank`: `title` is that of the HTTP status, and `code` tells more.'),
  title: text('Title of the HTTP status.'),
  status: integer('HTTP status.'),
  code: text('Code of the first reason.'),
  detail: text('Sentence that states the first reason.'),
  field: FIELD,
  errors: z.array(Fault).min(1).describe('All reasons. A request has several when several of its values are refused.'),
});

export type Fault = z.infer<typeof Fault>;

export type Problem = z.infer<typeof Problem>;

/** @param faults at least one */
export function toProblem(status: number, faults: readonly Fault[]): Problem {
  const { code, detail, field } = faults[0]!;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    field,
    errors: [...faults],
  };
}

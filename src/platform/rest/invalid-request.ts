import type { z } from 'zod';
import type { Fault } from './problem';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The rule that a value breaks, as a predicate. Zod's own messages may quote the value. */
function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_format':
      return `must be ${KINDS[issue.format] ?? `of the format ${issue.format}`}`;
    case 'unrecognized_keys':
      return 'is not known here';
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return issue.message;
  }
}

/** The faults of a part of a request that does not have its shape. @param part `body`, `query` or `params` */
export function faultsOf(part: string, issues: readonly Issue[]): Fault[] {
  return issues.flatMap((issue) => {
    const place = issue.path.map(String);
    const places = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...place, key]) : [place];
    return places.map((path): Fault => {
      const field = path.length === 0 ? null : path.join('.');
      return { code: 'BAD_USER_INPUT', detail: `${field ?? `The ${part}`} ${ruleOf(issue)}.`, field };
    });
  });
}

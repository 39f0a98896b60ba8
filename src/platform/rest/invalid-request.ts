import type { z } from 'zod';
import { Reasons } from '../base/reasons';
import type { RestFault } from './statuses';

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
function ruleOf(part: string, issue: Issue): string {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      if (part !== 'body' && Array.isArray(issue.input)) return 'must be given only once';
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return boundOf(part, issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return boundOf(part, issue.origin, 'at most', issue.maximum);
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

function boundOf(part: string, origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'array' && part !== 'body') return `must be given ${relation} ${bound} times`;
  if (origin === 'array') return `must have ${relation} ${bound} items`;
  if (origin === 'string') return `must have ${relation} ${bound} characters`;
  return `must be ${relation} ${bound}`;
}

const MAX_FIELD_LENGTH = 100;

/** Adds the faults of a part of a request that does not have its shape. @param part `body`, `querystring` or `params` */
export function addFaults(faults: Reasons<RestFault>, part: string, issues: readonly Issue[]): void {
  for (const issue of issues) {
    const place = issue.path.map(String);
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const places = keys.length > 0 ? keys.map((key) => [...place, key]) : [place];
    for (const path of places) faults.add(() => faultOf(part, issue, path));
  }
}

function faultOf(part: string, issue: Issue, path: readonly string[]): RestFault {
  // A parameter is named once, also if it is given several times.
  const named = part === 'querystring' ? path.slice(0, 1) : path;
  const field = path.length === 0 ? null : shortened(named.join('.'));
  return { code: 'BAD_USER_INPUT', detail: `${field ?? `The ${part}`} ${ruleOf(part, issue)}.`, field };
}

/** The faults with one more for those that are not reported. */
export function allFaults(faults: Reasons<RestFault>): RestFault[] {
  return faults.all((detail): RestFault => ({ code: 'BAD_USER_INPUT', detail, field: null }));
}

function shortened(name: string): string {
  return name.length <= MAX_FIELD_LENGTH ? name : `${name.slice(0, MAX_FIELD_LENGTH)}…`;
}

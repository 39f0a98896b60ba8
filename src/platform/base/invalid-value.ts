import { badInput, refusalFor, type InvalidValueError, type RequestError } from './errors';
import { oncePer } from './settled-once';
import { ruleOfText } from './utf8';

/**
 * Placeholder for a value that a scalar cannot parse. If the scalar threw, the whole operation would fail, and the error could
 * not name the path of the value. Consumers of arguments and inputs look for placeholders first.
 */
export class InvalidValue {
  /** @param rule predicate for the message, e.g. `must be an RFC 3339 time`; the member's name precedes it */
  constructor(readonly rule: string) {}
}

/**
 * The nested values that a scalar could not parse, and the strings that are not text, with their paths.
 *
 * @param path of the value itself
 */
export function invalidValuesIn(value: object, path: readonly string[] = []): InvalidValueError[] {
  // A call of recordReadings has about ten thousand members, so paths are built only where they are needed.
  return Object.values(value).some(isInvalid) ? invalidMembers(value, path) : [];
}

function isInvalid(value: unknown): boolean {
  if (typeof value === 'object' && value !== null)
    return value instanceof InvalidValue || Object.values(value).some(isInvalid);
  return ruleOfText(value) !== undefined;
}

function invalidMembers(value: object, path: readonly string[]): InvalidValueError[] {
  return Object.entries(value).flatMap(([member, inner]: [string, unknown]) => {
    const rule = inner instanceof InvalidValue ? inner.rule : ruleOfText(inner);
    if (rule !== undefined) return [badInput([...path, member], rule)];
    return typeof inner === 'object' && inner !== null ? invalidMembers(inner, [...path, member]) : [];
  });
}

const invalidArguments = oncePer((args: object) => {
  // Cursors are verified and never stored: an invalid one is CURSOR_INVALID.
  const { after: _after, before: _before, ...checked } = args as { after?: unknown; before?: unknown };
  return invalidValuesIn(checked);
});

/**
 * Refuses the arguments of a field for all reasons at once: its invalid values, and what else was found.
 *
 * @throws RequestError; InvalidValueError
 */
export function refuseInvalid(args: object, others: readonly RequestError[] = []): void {
  const reasons = [...invalidArguments(args), ...others];
  if (reasons.length > 0) throw refusalFor(reasons);
}

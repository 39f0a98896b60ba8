import { badInput, type InvalidValueError } from './errors';

/**
 * Placeholder for a value that a scalar cannot parse. If the scalar threw, the whole operation would fail, and the error could
 * not name the path of the value. Consumers of arguments and inputs look for placeholders first.
 */
export class InvalidValue {
  /** @param rule predicate for the message, e.g. `must be an RFC 3339 time`; the member's name precedes it */
  constructor(readonly rule: string) {}
}

/** The nested values that a scalar could not parse, with their paths. @param path of the value itself */
export function unreadableValuesIn(value: object, path?: readonly string[]): InvalidValueError[] {
  return brokenIn(value, unreadable, path);
}

/** Also returns the strings that PostgreSQL cannot store. @param path of the value itself */
export function invalidValuesIn(value: object, path?: readonly string[]): InvalidValueError[] {
  return brokenIn(value, (inner) => unreadable(inner) ?? unstorable(inner), path);
}

const unreadable = (value: unknown) => (value instanceof InvalidValue ? value.rule : undefined);

const unstorable = (value: unknown) =>
  typeof value === 'string' && value.includes('\0') ? 'must not contain a NUL character' : undefined;

/** @param ruleOf returns the rule that a value violates */
function brokenIn(
  value: object,
  ruleOf: (inner: unknown) => string | undefined,
  path: readonly string[] = [],
): InvalidValueError[] {
  // A call of recordReadings has about ten thousand members, so paths are built only where they are needed.
  return Object.entries(value).flatMap(([member, inner]: [string, unknown]) => {
    const rule = ruleOf(inner);
    if (rule !== undefined) return [badInput([...path, member], rule)];
    return typeof inner === 'object' && inner !== null ? brokenIn(inner, ruleOf, [...path, member]) : [];
  });
}

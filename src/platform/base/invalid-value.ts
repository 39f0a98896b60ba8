import { badInput, type InvalidValueError } from './errors';

/**
 * Stands where a scalar found a text that it cannot read. A scalar that refused it would refuse the whole operation, and could not
 * say where the text stands: whoever is given arguments or an input looks for these before anything else.
 */
export class InvalidValue {
  /** @param rule what the text must be, to be read after the name of its member */
  constructor(readonly rule: string) {}
}

/** The values below a value that no scalar could read, with their paths. @param path of the value itself */
export function unreadableValuesIn(value: object, path?: readonly string[]): InvalidValueError[] {
  return brokenIn(value, unreadable, path);
}

/** Those, and the texts that PostgreSQL cannot hold, with their paths. @param path of the value itself */
export function invalidValuesIn(value: object, path?: readonly string[]): InvalidValueError[] {
  return brokenIn(value, (inner) => unreadable(inner) ?? unstorable(inner), path);
}

const unreadable = (value: unknown) => (value instanceof InvalidValue ? value.rule : undefined);

const unstorable = (value: unknown) =>
  typeof value === 'string' && value.includes('\0') ? 'must not contain a NUL character' : undefined;

/** @param ruleOf what a value breaks, if anything */
function brokenIn(
  value: object,
  ruleOf: (inner: unknown) => string | undefined,
  path: readonly string[] = [],
): InvalidValueError[] {
  // Of a call of recordReadings there are ten thousand members: no path is made for what holds nothing.
  return Object.entries(value).flatMap(([member, inner]: [string, unknown]) => {
    const rule = ruleOf(inner);
    if (rule !== undefined) return [badInput([...path, member], rule)];
    return typeof inner === 'object' && inner !== null ? brokenIn(inner, ruleOf, [...path, member]) : [];
  });
}

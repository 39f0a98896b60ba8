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
export function invalidValuesIn(value: object, path: readonly string[] = []): InvalidValueError[] {
  if (value instanceof InvalidValue) return [badInput(path, value.rule)];
  // Of a call of recordReadings there are ten thousand members: no path is made for what holds nothing.
  return Object.entries(value).flatMap(([member, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? invalidValuesIn(inner, [...path, member]) : [],
  );
}

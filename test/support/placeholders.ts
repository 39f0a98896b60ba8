/** Values of the placeholders of a document, as the examples returned them. */
export type Bindings = Map<string, string>;

const PLACEHOLDER = /^<(\w+)>$/;
const TIME = '…';
const TIME_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Replaces placeholders by the values that earlier examples returned. */
export function fill(value: unknown, bindings: Bindings): unknown {
  return mapTexts(value, (text) => {
    const name = PLACEHOLDER.exec(text)?.[1];
    if (name === undefined) return text;
    const bound = bindings.get(name);
    if (bound === undefined) throw new Error(`No example returns ${text} before it is used`);
    return bound;
  });
}

/**
 * A result as the document writes it, with placeholders for values that differ from run to run.
 *
 * @param bindings receives the values of `<name>`
 */
export function asWritten(actual: unknown, written: unknown, bindings: Bindings): unknown {
  if (typeof written === 'string' && typeof actual === 'string') {
    if (written === TIME && TIME_PATTERN.test(actual)) return TIME;
    const name = PLACEHOLDER.exec(written)?.[1];
    if (name === undefined || actual === '') return actual;
    bindings.set(name, actual);
    return written;
  }
  if (Array.isArray(actual))
    return actual.map((item, index) => asWritten(item, Array.isArray(written) ? written[index] : null, bindings));
  if (!isObject(actual)) return actual;
  return Object.fromEntries(
    Object.entries(actual).map(([key, value]) => [
      key,
      asWritten(value, isObject(written) ? written[key] : null, bindings),
    ]),
  );
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import fc from 'fast-check';
import type { JsonSchema } from './schema-values.harness';

/** In all texts that are generated, if they have the length for it. It must be in no log. */
export const MARKER = 'mzqx7k';

/** Times between 1990 and 2060, most of them in the past. */
const instants = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2026, 0, 1) }) },
    { weight: 1, arbitrary: fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) }) },
  )
  .map((ms) => new Date(ms).toISOString());

const times = fc
  .tuple(instants, fc.constantFrom('Z', '+00:00', '-05:00', '+05:45'), fc.boolean())
  .map(([instant, offset, isRound]) => instant.replace(isRound ? /\.\d+Z$/ : /Z$/, offset));

const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  date: instants.map((instant) => instant.slice(0, 10)),
  'date-time': times,
  email: fc.nat(999).map((number) => `${MARKER}${number}@example.org`),
  // Names below `invalid` are never found (RFC 2606), so that no webhook leaves the machine.
  uri: fc.nat(999).map((number) => `https://${MARKER}.invalid/${number}`),
  uuid: fc.uuid(),
};

const unicode = fc.string({ unit: 'grapheme', maxLength: 12 });

/** Texts that a schema of type string allows. */
export function texts({ format, pattern, minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  const fits = (text: string) => [...text].length >= minLength && [...text].length <= maxLength;
  if (format !== undefined) {
    const values = FORMATS[format];
    if (!values) throw new Error(`No texts are generated for the format ${format}.`);
    return values;
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter(fits);
  const longest = MARKER.padEnd(Math.min(maxLength, 4_000), 'x');
  return fc
    .oneof(
      unicode.map((text) => MARKER + text),
      unicode.map((text) => `${MARKER} ${text}`.padEnd(minLength, 'x')),
      fc.constantFrom(longest, longest.slice(0, minLength), `  ${MARKER}  `, `${MARKER}\u0301`, ''),
    )
    .map((text) => text.padEnd(minLength, 'x'))
    .map((text) => (fits(text) ? text : longest.slice(0, maxLength)));
}

/** Numbers that a schema allows, its bounds among them. */
export function numbers({
  type,
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: JsonSchema): fc.Arbitrary<number> {
  const isInteger = type === 'integer';
  const step = isInteger ? 1 : 1e-6;
  const min = minimum ?? (exclusiveMinimum === undefined ? -1e6 : exclusiveMinimum + step);
  const max = maximum ?? (exclusiveMaximum === undefined ? Number.MAX_SAFE_INTEGER : exclusiveMaximum - step);
  const small = Math.max(min, Math.min(max, 0));
  const within = fc.integer({ min: Math.ceil(small), max: Math.floor(Math.min(max, small + 400)) });
  const edges = fc.constantFrom(
    min,
    max,
    ...[2 ** 31, 2 ** 31 - 1, -1, 1, 0].filter((one) => one >= min && one <= max),
  );
  const fractions = fc.double({ min, max: Math.min(max, min + 1e6), noNaN: true, noDefaultInfinity: true });
  return fc.oneof(
    { weight: 6, arbitrary: within },
    { weight: 1, arbitrary: edges },
    ...(isInteger ? [] : [{ weight: 2, arbitrary: fractions }]),
  );
}

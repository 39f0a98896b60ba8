import type { GraphQLResolveInfo } from 'graphql';

type Path = GraphQLResolveInfo['path'];

/** Quotes and colon of a name, a comma, and the braces of an object or the brackets of a list. */
const SYNTAX_BYTES = 6;
/** A number, a boolean or null. The longest number has 24 characters, most have fewer than eight. */
const NUMBER_BYTES = 8;
/** A time with milliseconds and quotes. */
const TIME_BYTES = 26;
/** An error without its path and its message: location, code and the names of members. */
export const ERROR_BYTES = 120;
/** Shorter texts are counted by their length, longer ones exactly. */
const SHORT_TEXT = 64;

/** Size of the name of a member, with what surrounds the member, in JSON. */
export function keyBytes(key: string | number): number {
  return (key as string).length + SYNTAX_BYTES;
}

/** Size of the value of a scalar or an enum, or of a list of them, in JSON. Exact for long texts, within a few bytes for others. */
export function valueBytes(value: unknown): number {
  if (typeof value === 'string')
    return value.length <= SHORT_TEXT ? value.length + 2 : Buffer.byteLength(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return NUMBER_BYTES;
  if (value instanceof Date) return TIME_BYTES;
  if (!Array.isArray(value)) return Buffer.byteLength(JSON.stringify(value));
  let bytes = 2;
  for (const item of value) bytes += valueBytes(item) + 1;
  return bytes;
}

/** Size of an error in JSON. */
export function errorBytes(path: Path, error: unknown): number {
  let bytes = ERROR_BYTES + (error instanceof Error ? error.message.length : 0);
  for (let step: Path | undefined = path; step; step = step.prev) bytes += keyBytes(String(step.key));
  return bytes;
}

import { join, raw, sql, text, timestamptz, typed, type Fragment } from '../db/sql';

/** The last code point: after every text that starts with the prefix, in the byte order of the "C" collation. */
const LAST = raw("'\u{10FFFF}'");

/**
 * That one of the lower-cased columns starts with a text.
 *
 * PostgreSQL lower-cases the text too, since JavaScript has other rules for some letters (İ, final sigma).
 *
 * A range in "C" order instead of LIKE: LIKE is not leakproof, so PostgreSQL would not use an index for it under row-level
 * security.
 */
export function startsWith(...columns: readonly string[]) {
  return (prefix: string): Fragment => {
    const from = sql`lower(${text(prefix.trim())})`;
    const ranges = columns.map((name) => sql`(${raw(name)} >= ${from} and ${raw(name)} < ${from} || ${LAST})`);
    return sql`(${join(ranges, ' or ')})`;
  };
}

/** That a column equals the value. */
export function equals(column: string, type: 'text' | 'boolean') {
  return (value: string | boolean): Fragment => sql`${raw(column)} = ${typed(value, type)}`;
}

/** That a column is not null, or that it is; written so that PostgreSQL knows how many rows that are. */
export function isSet(column: string) {
  return (value: boolean): Fragment => sql`${raw(column)} is ${raw(value ? 'not null' : 'null')}`;
}

/** That a column is null, or that it is not. */
export function isNull(column: string) {
  const rule = isSet(column);
  return (value: boolean): Fragment => rule(!value);
}

/** That a column is at an instant or later. */
export function from(column: string) {
  return (instant: Date): Fragment => sql`${raw(column)} >= ${timestamptz(instant)}`;
}

/** That a column is before an instant. */
export function before(column: string) {
  return (instant: Date): Fragment => sql`${raw(column)} < ${timestamptz(instant)}`;
}

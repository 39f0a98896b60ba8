import { join, raw, sql, text, type Fragment } from '../db/sql';

/** The last code point: behind every text that starts with the prefix, in the byte order of the "C" collation. */
const LAST = '\u{10FFFF}';

/**
 * The condition that one of the lower-cased columns starts with a text.
 *
 * PostgreSQL lower-cases the text too, since JavaScript has other rules for some letters (İ, final sigma).
 *
 * A range in "C" order instead of LIKE: LIKE is not leakproof, so PostgreSQL would not use an index for it under row-level
 * security.
 */
export function prefixCondition(columns: readonly string[], prefix: string): Fragment {
  const from = sql`lower(${text(prefix.trim())})`;
  const to = sql`${from} || '${raw(LAST)}'`;
  const ranges = columns.map(raw).map((column) => sql`(${column} >= ${from} and ${column} < ${to})`);
  return sql`(${join(ranges, ' or ')})`;
}

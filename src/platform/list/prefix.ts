import type { StatementBuilder } from '../db/statement';

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
export function prefixCondition(sql: StatementBuilder, columns: readonly string[], prefix: string): string {
  const from = `lower(${sql.value(prefix.trim(), 'text')})`;
  const to = `${from} || '${LAST}'`;
  return `(${columns.map((column) => `(${column} >= ${from} and ${column} < ${to})`).join(' or ')})`;
}

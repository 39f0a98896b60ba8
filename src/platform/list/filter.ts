import { all, join, raw, sql, text, timestamptz, type Fragment } from '../db/sql';

/** The last code point: after every text that starts with the prefix, in the byte order of the "C" collation. */
const LAST = raw("'\u{10FFFF}'");

/**
 * That one of the lower-cased columns starts with a text.
 *
 * PostgreSQL lower-cases the text too, since JavaScript has other rules for some letters (İ, final sigma).
 */
export function startsWith(...columns: readonly string[]) {
  return (prefix: string): Fragment => {
    const from = sql`lower(${text(prefix.trim())})`;
    return sql`(${join(
      columns.map((column) => beginsAt(column, from)),
      ' or ',
    )})`;
  };
}

/**
 * That a column in the order of the "C" collation starts with a text.
 *
 * A range instead of LIKE: LIKE is not leakproof, so PostgreSQL would not use an index for it under row-level security.
 */
export function beginsAt(column: string, prefix: Fragment): Fragment {
  return sql`(${raw(column)} >= ${prefix} and ${raw(column)} < ${prefix} || ${LAST})`;
}

/** That a time lies within bounds, of which either may be absent. */
export function within(column: string, { from, to }: { from?: Date | null; to?: Date | null }): Fragment {
  return all(
    ...(from ? [sql`${raw(column)} >= ${timestamptz(from)}`] : []),
    ...(to ? [sql`${raw(column)} < ${timestamptz(to)}`] : []),
  );
}

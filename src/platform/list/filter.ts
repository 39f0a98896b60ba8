import { all, join, raw, sql, text, timestamptz, type Fragment } from '../db/sql';

/** The last code point. In the byte order of the "C" collation, a prefix with it sorts after every text with the prefix. */
const LAST = raw("'\u{10FFFF}'");

/** The condition that one of the folded columns starts with a text. PostgreSQL folds both, so there is one rule for it. */
export function startsWith(...columns: readonly string[]) {
  return (prefix: string): Fragment => {
    const from = sql`fold_text(${text(prefix)})`;
    return sql`(${join(
      columns.map((column) => beginsAt(column, from)),
      ' or ',
    )})`;
  };
}

/**
 * The condition that a column with the "C" collation starts with a text.
 *
 * It is a range because LIKE is not leakproof: PostgreSQL would not use an index for LIKE under row-level security.
 */
export function beginsAt(column: string, prefix: Fragment): Fragment {
  return sql`(${raw(column)} >= ${prefix} and ${raw(column)} < ${prefix} || ${LAST})`;
}

/** The condition that a time is in a range. Either end may be absent. */
export function within(column: string, { from, to }: { from?: Date | null; to?: Date | null }): Fragment {
  return all(
    ...(from ? [sql`${raw(column)} >= ${timestamptz(from)}`] : []),
    ...(to ? [sql`${raw(column)} < ${timestamptz(to)}`] : []),
  );
}

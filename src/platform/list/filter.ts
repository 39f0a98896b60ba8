import { all, join, raw, sql, text, timestamptz, type Fragment } from '../db/sql';
import { AnyWay } from './any-way';
import { sortValue, type SortRule } from './keyset';

/** The last code point. In the byte order of the "C" collation, a prefix with it sorts after every text with the prefix. */
const LAST = raw("'\u{10FFFF}'");

/**
 * The condition that one of the folded columns starts with a text. PostgreSQL folds both, so there is one rule for it.
 *
 * @param columns those that the list is sorted by are given by their sorts, whose indexes have the rows in order
 */
export function startsWith(...columns: readonly (string | SortRule<never>)[]) {
  return (prefix: string): Fragment => {
    const folded = sql`fold_text(${text(prefix)})`;
    const ways = columns.map((by) => {
      const column = typeof by === 'string' ? raw(by) : sortValue(by);
      return { condition: beginsAt(column, folded), column, ...(typeof by !== 'string' && { sort: by }) };
    });
    const any = (from: Fragment) =>
      join(
        ways.map(({ column }) => beginsAt(column, from)),
        ' or ',
      );
    // A generic plan would fold the text for each row. For `coalesce` there is no index, and PostgreSQL expects many rows.
    return new AnyWay(sql`(${any(folded)})`, ways, sql`coalesce(${any(sql`(select ${folded})`)}, false)`);
  };
}

/**
 * The condition that a column with the "C" collation starts with a text.
 *
 * It is a range because LIKE is not leakproof: PostgreSQL would not use an index for LIKE under row-level security.
 */
export function beginsAt(column: Fragment, prefix: Fragment): Fragment {
  return sql`(${column} >= ${prefix} and ${column} < ${prefix} || ${LAST})`;
}

/** The condition that a time is in a range. Either end may be absent. */
export function within(column: string, { from, to }: { from?: Date | null; to?: Date | null }): Fragment {
  return all(
    ...(from ? [sql`${raw(column)} >= ${timestamptz(from)}`] : []),
    ...(to ? [sql`${raw(column)} < ${timestamptz(to)}`] : []),
  );
}

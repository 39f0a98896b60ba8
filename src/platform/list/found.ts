import { raw, unnest, type Fragment } from '../db/sql';
import type { ColumnTypes, Table } from '../db/table';
import { defineLoader, type LoaderDefinition } from './loader';

/** A row that columns of another row identify, as SQL. */
export interface FoundRow<From> {
  /** The columns with their types. */
  readonly by: Readonly<Record<keyof From & string, string>>;
  /** A `select` of the members of at most one row, for a row `k` whose columns are the members `by`. */
  readonly row: Fragment;
}

export interface FoundLoader<From, Row> extends LoaderDefinition<From, Row | null> {
  readonly found: FoundRow<From> & { readonly columns: ColumnTypes };
}

/**
 * Loads the row that columns of another row identify in another way than by its id, for many rows by one statement. Null when there is
 * none.
 *
 * @param name of the statement
 */
export function foundLoader<From extends object, Row extends object>(
  name: string,
  table: Table<Row>,
  { by, row }: FoundRow<From>,
): FoundLoader<From, Row> {
  const members = Object.keys(by) as (keyof From & string)[];
  const textOf = (value: unknown) => (value instanceof Date ? value.getTime() : value);
  const loader = defineLoader<From, Row | null>(
    name,
    (from) => members.map((member) => textOf(from[member])).join(' '),
    async ({ session }, keys) => {
      const columns = members.map((member): [string, (from: From) => unknown] => [by[member], (from) => from[member]]);
      const names = raw(members.map((member) => `"${member}"`).join(', '));
      const rows = await session.sql<Row & { n: number }>`/* ${raw(name)} */
        select x.*, k.n::int as n from ${unnest(keys, ...columns)} with ordinality as k(${names}, n) cross join lateral (${row}) x`;
      const found = keys.map((): Row | null => null);
      for (const { n, ...one } of rows) found[n - 1] = one as unknown as Row;
      return found;
    },
  );
  return { ...loader, found: { by, row, columns: table } };
}

import { bigints, boolean, late, raw, sql, texts, type Fragment } from '../db/sql';
import type { ListDefinition } from '../list/definition';
import { rowById } from '../list/list';
import type { Run } from './run';

/** What is read of a row before its text is written. */
export interface FoundRow {
  readonly id: string;
  /** For sorts that select it. */
  readonly sortValue?: string;
}

/** The rows that a run has found, by their ids and in the order of the ids, and whether there are more. */
export function foundRows(
  list: ListDefinition<{ id: string }>,
  hasValues: boolean,
): { rows: Fragment; more: Fragment } {
  const ids = late(({ found }: Run) => bigints(found.rows.map(({ id }) => id)));
  const values = late(({ found }: Run) => texts(found.rows.flatMap(({ sortValue }) => sortValue ?? [])));
  const rows = sql`select y.*${raw(hasValues ? ', k.value as "sortValue"' : '')}
    from unnest(${ids}${hasValues ? sql`, ${values}` : raw('')}) with ordinality k(id, ${raw(hasValues ? 'value, n' : 'n')})
    cross join lateral (${rowById(list, raw('k.id'))} offset 0) y order by k.n`;
  return { rows, more: late(({ found }: Run) => boolean(found.hasMore)) };
}

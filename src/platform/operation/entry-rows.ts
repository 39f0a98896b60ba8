import { parseId } from '../base/global-id';
import type { Session } from '../db/session';
import type { ListDefinition } from '../list/definition';
import { rowsByIds } from '../list/list';
import { notFound, type RowKind } from '../list/named-row';
import type { Entries, Entry } from './entries';

/**
 * `getNamed` for the entries of a bulk call. Returns the entries whose rows exist, each with its row as the member `kind`.
 *
 * @param valueOf id of an entry's row, by global id or databaseId
 */
export async function findNamedOf<
  Row extends { id: string },
  Kind extends RowKind,
  Input extends object,
  From extends Entry<Input>,
>(
  session: Session,
  entries: Entries<Input, object>,
  from: readonly From[],
  { list, kind, valueOf }: { list: ListDefinition<Row>; kind: Kind; valueOf: (entry: From) => string },
): Promise<(From & Readonly<Record<Kind, Row>>)[]> {
  const named = entries.each(from, (entry) => ({
    entry,
    id: parseId(list.type, valueOf(entry), ['input', `${kind}Id`]),
  }));
  const ids = [...new Set(named.flatMap(({ id }) => id ?? []))];
  const rows = ids.length === 0 ? [] : await rowsByIds(session, list, ids);
  const found = new Map(rows.map((row) => [row.id, row]));
  return entries
    .each(named, ({ id }) => {
      const row = id === null ? undefined : found.get(id);
      if (!row) throw notFound(kind);
      return { row };
    })
    .map(({ entry, row }) => ({ ...entry, ...({ [kind]: row } as Record<Kind, Row>) }));
}

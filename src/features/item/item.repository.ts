import { rowsByIds, type ListDefinition } from '../../platform/list/list';
import { prefixCondition } from '../../platform/list/prefix';
import type { Session } from '../../platform/db/session';
import { sql, texts } from '../../platform/db/sql';
import { itemTable, type ItemEntity } from './item.entity';
import type { ReadingKind } from '../kind/reading-kind';

export interface ItemQuery {
  name?: string | null;
  readingKind?: ReadingKind[] | null;
}

/** Items are the platform's own, seen by everybody. */
export const ITEMS: ListDefinition<ItemEntity, ItemQuery> = {
  name: 'items',
  table: itemTable,
  alias: 'i',
  shared: true,
  conditions: (query) => [
    ...(query.name != null ? [prefixCondition(['i.name_key'], query.name)] : []),
    ...(query.readingKind != null ? [sql`i.reading_kinds && ${texts(query.readingKind)}`] : []),
  ],
  order: () => ({ descending: false }),
};

export function findItems(session: Session, ids: readonly string[]): Promise<ItemEntity[]> {
  return rowsByIds(session, ITEMS, ids);
}

import { rowsByIds, type ListDefinition } from '../../platform/list/list';
import { prefixCondition } from '../../platform/list/prefix';
import type { Session } from '../../platform/db/session';
import { ItemEntity } from './item.entity';
import type { ReadingKind } from '../kind/reading-kind';

export interface ItemQuery {
  name?: string | null;
  readingKind?: ReadingKind[] | null;
}

/** Items are the platform's own, seen by everybody. */
export const ITEMS: ListDefinition<ItemEntity, ItemQuery> = {
  name: 'items',
  entity: ItemEntity,
  table: 'item',
  alias: 'i',
  shared: true,
  conditions: (sql, query) => [
    ...(query.name != null ? [prefixCondition(sql, ['i.name_key'], query.name)] : []),
    ...(query.readingKind != null ? [`i.reading_kinds && ${sql.value(query.readingKind, 'text[]')}`] : []),
  ],
  order: () => ({ descending: false }),
};

export function findItems(session: Session, ids: readonly string[]): Promise<ItemEntity[]> {
  return rowsByIds(session, ITEMS, ids);
}

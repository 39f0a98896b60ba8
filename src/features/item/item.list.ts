import { sql, texts } from '../../platform/db/sql';
import { defineList, OLDEST_FIRST } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { nodeLoader } from '../../platform/list/loader';
import { itemTable, type ItemEntity } from './item.entity';
import type { ItemFilter } from './item.input';

/** Items are the platform's own, seen by everybody. */
export const ITEMS = defineList<ItemEntity, ItemFilter>({
  type: 'Item',
  name: 'items',
  table: itemTable,
  alias: 'i',
  shared: true,
  filters: {
    name: startsWith('i.name_key'),
    readingKind: (kinds) => sql`i.reading_kinds && ${texts(kinds)}`,
  },
  ...OLDEST_FIRST,
});

export const itemById = nodeLoader(ITEMS);

import { sql, texts } from '../../platform/db/sql';
import { anyOf, filterMember } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { ReadingKind } from '../kind/reading-kind';
import { itemTable } from './item.entity';

/** Items are the platform's own, seen by everybody. */
export const ITEMS = defineList({
  type: 'Item',
  name: 'items',
  table: itemTable,
  alias: 'i',
  shared: true,
  filters: {
    readingKinds: filterMember(
      [ReadingKind],
      (kinds) => sql`i.reading_kinds && ${texts(kinds)}`,
      'Items that send any of these kinds of readings.',
    ),
    skus: anyOf(String, 'i.sku', 'Items with any of these stock-keeping units, exactly.'),
  },
  sorts: {
    CREATED_AT: byId('By when they were entered in the catalog.'),
    NAME: byName('i.name_key', 'By name, whatever the case.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('i.name_key', 'lower(i.sku) collate "C"'),
    description: 'Items whose name or stock-keeping unit starts with this, whatever the case.',
  },
});

export const itemById = nodeLoader(ITEMS);

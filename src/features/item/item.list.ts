import { sql, texts } from '../../platform/db/sql';
import { anyOf, during, filterMember } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { ReadingKind } from '../kind/reading-kind';
import { itemTable } from './item.entity';

/** Items belong to the platform. All callers see them. */
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
      'Items whose devices send any of these kinds of readings.',
    ),
    skus: anyOf(String, 'i.sku', 'Items with exactly one of these stock keeping units (SKUs).'),
    updatedAt: during('i.updated_at', 'Items whose latest change was in this range.'),
  },
  sorts: {
    CREATED_AT: byId('By time of addition to the catalog.'),
    NAME: byName('i.name_fold', 'By name, ignoring case and accents.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('i.name_fold', 'i.sku_fold'),
    description: 'Items whose name or stock keeping unit (SKU) starts with this text, ignoring case and accents.',
  },
});

export const itemById = nodeLoader(ITEMS);

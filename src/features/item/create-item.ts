import { useCase } from '../../platform/operation/use-case';
import { ITEM_VALUES, withUniqueSku } from './item-rules';
import type { CreateItemInput } from './item.input';
import { itemTable } from './item.entity';

export const createItem = useCase(
  { name: 'createItem', action: 'item:write', codes: ['SKU_TAKEN'], input: ITEM_VALUES },
  async (_ctx, tx, values: CreateItemInput) => ({ item: await withUniqueSku(itemTable.insertOne(tx, values)) }),
);

import { defineLoader, inOrderOf } from '../../platform/list/loader';
import type { ItemEntity } from './item.entity';
import { findItems } from './item.repository';

export const itemById = defineLoader<string, ItemEntity | null>('item_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findItems(ctx.session, ids), (item) => item.id),
);

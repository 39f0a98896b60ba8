import type { Connection } from '../../platform/list/connection';
import { byId, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { parseId } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import type { ItemEntity } from './item.entity';
import { itemById } from './item.loader';
import { ITEMS, type ItemQuery } from './item.repository';

/** Reads of the catalogue of items. */
export class ItemService {
  async find(ctx: RequestContext, id: string): Promise<ItemEntity | null> {
    ctx.authorize('programme:read');
    const itemId = parseId('Item', id, 'id');
    return itemId === null ? null : ctx.loaders.load(itemById, itemId);
  }

  list(ctx: RequestContext, filter: ItemQuery | null | undefined, page: PageArguments): Connection<ItemEntity> {
    ctx.authorize('programme:read');
    return rootConnection(ctx, ITEMS, filter ?? {}, page, byId());
  }
}

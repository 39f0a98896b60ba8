import type { z } from 'zod';
import { pageRoute, type RestRoute } from '../../platform/rest/route';
import { id, shape, text } from '../../platform/rest/shapes';
import type { ItemEntity } from './item.entity';

export const Item = shape('Item', 'An item of the catalog: a kind of device, such as a cuff model.', {
  id: id('Id of the item.'),
  name: text('Name.'),
  manufacturer: text('Manufacturer. Null when unknown.').nullable(),
  model: text('Model. Null when unknown.').nullable(),
  sku: text('Stock keeping unit (SKU). Null when it has none.').nullable(),
});

export function toItem({ id: itemId, name, manufacturer, model, sku }: ItemEntity): z.infer<typeof Item> {
  return { id: Number(itemId), name, manufacturer, model, sku };
}

const ITEMS = { name: 'Items', description: 'Items of the catalog, which orders request.' };

export const itemRoutes: readonly RestRoute[] = [
  pageRoute({
    path: '/item',
    operationId: 'listItems',
    tag: ITEMS,
    summary: 'List items',
    description: 'Items of the catalog, in the order of their addition. The catalog is the same for all customers.',
    query: {
      name: text(
        'Items whose name or SKU starts with this text, ignoring case and accents. Not applied when blank.',
      ).optional(),
      sku: text('The item with exactly this SKU.').optional(),
    },
    name: 'ItemPage',
    item: Item,
    list: ({ name, sku }) => ['items', { search: name, filter: { skus: sku === undefined ? undefined : [sku] } }],
    toItem: (_call, item: ItemEntity) => Promise.resolve(toItem(item)),
  }),
];

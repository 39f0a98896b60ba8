import type { z } from 'zod';
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

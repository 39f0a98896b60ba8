import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createItem } from './create-item';
import { CreateItemInput, UpdateItemInput } from './item.input';
import { Item } from './item.type';
import { updateItem } from './update-item';

export const ItemMutations = mutationResolver(
  mutation(createItem, {
    description:
      'Adds an item to the catalog, which all customers see. For operators. Not safe to repeat: without `sku`, a repeated call creates another item.',
    input: [CreateItemInput, 'Item to create.'],
    payload: { item: [Item, 'The new item. Null when it was refused.'] },
  }),
  mutation(updateItem, {
    description: 'Updates an item of the catalog. For operators. Safe to repeat.',
    input: [UpdateItemInput, 'Item to update, and its new values.'],
    payload: {
      item: [
        Item,
        'The item in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
      ],
    },
  }),
);

import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { itemById, ITEMS } from './item.list';
import { Item, ItemConnection } from './item.type';

export const itemQueries = queryResolver({
  item: nodeQuery(Item, itemById, 'Item by id. Null when it is not found.'),
  items: listQuery(ItemConnection, ITEMS, 'Items in the catalog.'),
});

import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { itemById, ITEMS } from './item.list';
import { Item, ItemConnection } from './item.type';

export const itemQueries = queryResolver({
  item: nodeQuery(Item, itemById, 'An item, by id. Null when there is none.'),
  items: listQuery(ItemConnection, ITEMS, 'The catalog of items, by default in order of creation.'),
});

import type { Feature } from '../../platform/graphql/feature';
import { ItemMutations } from './item-mutations.resolver';
import { ItemEntity } from './item.entity';
import { itemById } from './item.list';
import { itemQueries } from './item.resolver';
import { itemRoutes } from './item.rest';

export const itemFeature: Feature = {
  entities: [ItemEntity],
  nodes: { Item: itemById },
  routes: itemRoutes,
  resolvers: () => [itemQueries, new ItemMutations()],
};

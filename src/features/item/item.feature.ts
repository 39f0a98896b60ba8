import type { Feature } from '../../platform/graphql/feature';
import { ItemEntity } from './item.entity';
import { itemById } from './item.loader';
import { ItemResolver } from './item.resolver';
import { ItemService } from './item.service';

export const itemFeature: Feature = {
  entities: [ItemEntity],
  nodes: { Item: itemById },
  resolvers: () => [new ItemResolver(new ItemService())],
};

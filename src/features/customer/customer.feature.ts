import type { Feature } from '../../platform/graphql/feature';
import { CustomerEntity } from './customer.entity';
import { customerById } from './customer.loader';
import { ViewerResolver } from './viewer.resolver';

export const customerFeature: Feature = {
  entities: [CustomerEntity],
  nodes: { Customer: customerById },
  resolvers: () => [new ViewerResolver()],
};

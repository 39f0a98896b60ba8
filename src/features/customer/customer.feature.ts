import type { Feature } from '../../platform/graphql/feature';
import { CustomerMutations } from './customer-mutations.resolver';
import { CustomerEntity } from './customer.entity';
import { customerById } from './customer.list';
import { customerQueries } from './customer.resolver';

export const customerFeature: Feature = {
  entities: [CustomerEntity],
  nodes: { Customer: customerById },
  resolvers: () => [customerQueries, new CustomerMutations()],
};

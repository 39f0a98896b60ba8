import { ApiKeyEntity } from '../../platform/access/api-key.entity';
import type { Feature } from '../../platform/graphql/feature';
import { ApiKeyMutations } from './api-key-mutations.resolver';
import { apiKeyById } from './api-key.list';
import { apiKeyQueries } from './api-key.resolver';

export const apiKeyFeature: Feature = {
  entities: [ApiKeyEntity],
  nodes: { ApiKey: apiKeyById },
  resolvers: ({ clock }) => [apiKeyQueries, new ApiKeyMutations({ clock })],
};

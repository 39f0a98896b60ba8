import type { ApiKeyEntity } from '../../platform/access/api-key.entity';
import { actor } from '../../platform/graphql/actor.type';
import { defineFields, optionalLink } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { API_KEYS, apiKeyById } from './api-key.list';
import { ApiKey, ApiKeyConnection } from './api-key.type';

export const apiKeyQueries = queryResolver({
  apiKey: nodeQuery(
    ApiKey,
    apiKeyById,
    'API key by id. Null when it is not found. For `ADMIN` and operators.',
    'api-key:manage',
  ),
  apiKeys: listQuery(
    ApiKeyConnection,
    API_KEYS,
    'API keys of the customer. For operators, API keys of all customers and of operators. For `ADMIN` and operators.',
    'api-key:manage',
  ),
});

defineFields<ApiKeyEntity>(ApiKey, {
  customer: optionalLink(
    Customer,
    customerById,
    'customerId',
    'Customer that callers with the key act for. Null for a key with the role `OPERATOR`.',
  ),
  createdBy: actor(
    'createdBy',
    'Actor that created the key. Null for keys created on the command line, or before this was recorded.',
    { nullable: true },
  ),
  revokedBy: actor(
    'revokedBy',
    'Actor that revoked the key. Null while it is not revoked, and for keys revoked on the command line or before this was recorded.',
    { nullable: true },
  ),
});

import type { ApiKeyEntity } from '../../platform/access/api-key.entity';
import { Role } from '../../platform/access/policy';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { nodeType, optional, required } from '../../platform/graphql/types';

export const ApiKey = nodeType<ApiKeyEntity>(
  'ApiKey',
  'An API key: a credential of a program. The key itself is not stored, so it cannot be read again.',
  {
    name: required(String, 'Name of the key. Changes made with the key show it as their actor.'),
    role: required(Role, 'Role of callers with the key.'),
    createdAt: required(DateTime, 'Time at which the key was created.'),
    expiresAt: optional(DateTime, 'Time from which the key is refused. Null when it never expires.'),
    revokedAt: optional(DateTime, 'Time at which the key was revoked. Null while it is not revoked.'),
    lastUsedAt: optional(
      DateTime,
      'Start of the latest hour in which the key was used. An open WebSocket counts as use. Recorded in the background, so it can be some seconds late. Null for a key that was never used, or not since uses are recorded.',
    ),
  },
);

export const ApiKeyConnection = connectionType(ApiKey, 'ApiKey', 'API keys');

import { ID } from 'type-graphql';
import { Role } from '../../platform/access/policy';
import { DateTime } from '../../platform/graphql/scalars.type';
import { inputType, optional, required } from '../../platform/graphql/types';

export const CreateApiKeyInput = inputType('CreateApiKeyInput', 'A new API key.', {
  customerId: optional(
    ID,
    'Customer that callers with the key act for. Required for operators, except for a key with the role `OPERATOR`, which belongs to no customer. Other callers can omit it or pass their own customer.',
  ),
  name: required(
    String,
    'Name of the key, 1 to 100 characters. Changes made with the key show it as their actor, so name the program that gets the key.',
  ),
  role: required(Role, 'Role of callers with the key. Only operators can create a key with the role `OPERATOR`.'),
  expiresAt: optional(
    DateTime,
    'Time from which the key is refused. Must be in the future. When omitted, the key never expires.',
  ),
});
export type CreateApiKeyInput = InstanceType<typeof CreateApiKeyInput>;

export const RevokeApiKeyInput = inputType('RevokeApiKeyInput', 'API key to revoke.', {
  apiKeyId: required(ID, 'API key, by global id or `databaseId`.'),
});
export type RevokeApiKeyInput = InstanceType<typeof RevokeApiKeyInput>;

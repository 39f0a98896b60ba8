import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { useCase } from '../../platform/operation/use-case';
import type { RevokeApiKeyInput } from './api-key.input';
import { markRevoked } from './api-key.repository';

/**
 * Revokes an API key, also the one that the caller uses. Instances refuse it as soon as their cached row expires.
 *
 * For a key that is already revoked it succeeds and changes nothing.
 */
export const revokeApiKey = useCase(
  { name: 'revokeApiKey', action: 'api-key:manage', codes: ['API_KEY_NOT_FOUND'] },
  async ({ caller: { actor } }, tx, { apiKeyId }: RevokeApiKeyInput) => {
    const id = parseId('ApiKey', apiKeyId, ['input', 'apiKeyId']);
    const apiKey = id === null ? undefined : await markRevoked(tx, id, actor);
    if (apiKey) return { apiKey };
    throw new DomainError('API_KEY_NOT_FOUND', 'There is no such API key. Check apiKeyId.', ['input', 'apiKeyId']);
  },
);

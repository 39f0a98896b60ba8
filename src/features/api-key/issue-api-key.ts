import { generateApiKey, hashApiKey } from '../../platform/access/access.service';
import { apiKeyTable, type ApiKeyEntity } from '../../platform/access/api-key.entity';
import type { Tx } from '../../platform/db/session';
import { assertBelowMaximum } from './api-key-rules';
import { countActiveApiKeys, lockApiKeysOf } from './api-key.repository';

export type NewApiKey = Pick<ApiKeyEntity, 'customerId' | 'name' | 'role' | 'expiresAt'> & Partial<ApiKeyEntity>;

/**
 * Generates an API key and stores its hash. For the API and for `npm run key`.
 *
 * @returns the stored row, and the key itself, which cannot be read again
 * @throws DomainError TOO_MANY_API_KEYS
 */
export async function issueApiKey(tx: Tx, values: NewApiKey): Promise<{ apiKey: ApiKeyEntity; secret: string }> {
  const { customerId } = values;
  await lockApiKeysOf(tx, customerId);
  assertBelowMaximum(await countActiveApiKeys(tx, customerId), customerId);
  const secret = generateApiKey();
  return { apiKey: await apiKeyTable.insertOne(tx, { ...values, secretHash: hashApiKey(secret) }), secret };
}

import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import type { Role } from '../../src/platform/access/policy';
import type { TestApp } from './test-app';

/** Creates a key like `npm run key`; by default for an ADMIN of Northside. */
export async function createKey(
  app: TestApp,
  {
    role = 'ADMIN',
    customerId = '1',
    expiresAt = null,
  }: { role?: keyof typeof Role; customerId?: string | null; expiresAt?: Date | null } = {},
): Promise<string> {
  const key = generateApiKey();
  await app.admin.query(
    `insert into api_key (customer_id, name, role, secret_hash, expires_at) values ($1, 'a test', $2, $3, $4)`,
    [customerId, role, hashApiKey(key), expiresAt],
  );
  return key;
}

export async function revokeKey(app: TestApp, key: string): Promise<void> {
  await app.admin.query('update api_key set revoked_at = clock_timestamp() where secret_hash = $1', [hashApiKey(key)]);
}

import type { Session } from '../db/session';
import { all, bigint, bytea, sql } from '../db/sql';
import { apiKeyTable, type ApiKeyEntity } from './api-key.entity';

export type NewApiKey = Pick<ApiKeyEntity, 'customerId' | 'name' | 'role' | 'secretHash' | 'expiresAt'>;

const COLUMNS = apiKeyTable.select('k');

/** Requires the system scope: row-level security hides keys from customers and operators. */
export async function findApiKeyByHash(session: Session, secretHash: Buffer): Promise<ApiKeyEntity | undefined> {
  const [row] = await session.sql<ApiKeyEntity>`/* api_key_by_hash */ select ${COLUMNS} from api_key k
    where k.secret_hash = ${bytea(secretHash)}`;
  return row;
}

/** @param customerId owner of the keys; when omitted, returns all keys, including those of operators */
export async function listApiKeys(session: Session, customerId?: string): Promise<ApiKeyEntity[]> {
  const condition = customerId === undefined ? all() : sql`k.customer_id = ${bigint(customerId)}`;
  return session.sql`/* api_keys */ select ${COLUMNS} from api_key k where ${condition} order by k.id`;
}

export async function createApiKey(session: Session, key: NewApiKey): Promise<ApiKeyEntity> {
  return apiKeyTable.insertOne(session, key);
}

/**
 * A repeated call keeps the time of the first revocation.
 *
 * @returns undefined when the key does not exist
 */
export async function revokeApiKey(session: Session, id: string): Promise<ApiKeyEntity | undefined> {
  const [row] = await session.sql<ApiKeyEntity>`/* revoke_api_key */ update api_key k
    set revoked_at = coalesce(k.revoked_at, clock_timestamp())
    where k.id = ${bigint(id)} returning ${COLUMNS}`;
  return row;
}

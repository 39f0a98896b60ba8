import type { Session } from '../db/session';
import { all, bigint, bytea, sql } from '../db/sql';
import { apiKeyTable, type ApiKeyEntity } from './api-key.entity';

export type NewApiKey = Pick<ApiKeyEntity, 'customerId' | 'name' | 'role' | 'secretHash' | 'expiresAt'>;

const COLUMNS = apiKeyTable.select('k');

/** Keys are the workers' alone: row-level security shows none of them to customers and operators. */
export async function findApiKeyByHash(session: Session, secretHash: Buffer): Promise<ApiKeyEntity | undefined> {
  const [row] = await session.sql<ApiKeyEntity>`/* api_key_by_hash */ select ${COLUMNS} from api_key k
    where k.secret_hash = ${bytea(secretHash)}`;
  return row;
}

/** @param customerId of whom the keys are; all keys, the operators' too, when it is left out */
export async function listApiKeys(session: Session, customerId?: string): Promise<ApiKeyEntity[]> {
  const condition = customerId === undefined ? all() : sql`k.customer_id = ${bigint(customerId)}`;
  return session.sql`/* api_keys */ select ${COLUMNS} from api_key k where ${condition} order by k.id`;
}

export async function createApiKey(session: Session, key: NewApiKey): Promise<ApiKeyEntity> {
  return apiKeyTable.insertOne(session, key);
}

/**
 * Repeating the call keeps the first time.
 *
 * @returns undefined when there is no such key
 */
export async function revokeApiKey(session: Session, id: string): Promise<ApiKeyEntity | undefined> {
  const [row] = await session.sql<ApiKeyEntity>`/* revoke_api_key */ update api_key k
    set revoked_at = coalesce(k.revoked_at, clock_timestamp())
    where k.id = ${bigint(id)} returning ${COLUMNS}`;
  return row;
}

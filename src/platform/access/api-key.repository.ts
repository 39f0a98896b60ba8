import type { Session } from '../db/session';
import { selectList, StatementBuilder } from '../db/statement';
import { ApiKeyEntity } from './api-key.entity';

export type NewApiKey = Pick<ApiKeyEntity, 'customerId' | 'name' | 'role' | 'secretHash' | 'expiresAt'>;

const COLUMNS = selectList(ApiKeyEntity, 'k');

/** Keys are the workers' alone: row-level security shows none of them to customers and operators. */
export async function findApiKeyByHash(session: Session, secretHash: Buffer): Promise<ApiKeyEntity | undefined> {
  const sql = new StatementBuilder(session.scope);
  const [row] = await session.query<ApiKeyEntity>(
    sql.build(
      'api_key_by_hash',
      `select ${COLUMNS} from api_key k where k.secret_hash = ${sql.value(secretHash, 'bytea')}`,
    ),
  );
  return row;
}

/** @param customerId of whom the keys are; all keys, the operators' too, when it is left out */
export async function listApiKeys(session: Session, customerId?: string): Promise<ApiKeyEntity[]> {
  const sql = new StatementBuilder(session.scope);
  const condition = customerId === undefined ? 'true' : `k.customer_id = ${sql.value(customerId, 'bigint')}`;
  return session.query(sql.build('api_keys', `select ${COLUMNS} from api_key k where ${condition} order by k.id`));
}

export async function createApiKey(session: Session, key: NewApiKey): Promise<ApiKeyEntity> {
  const sql = new StatementBuilder(session.scope);
  const values = [
    sql.value(key.customerId, 'bigint'),
    sql.value(key.name, 'text'),
    sql.value(key.role, 'text'),
    sql.value(key.secretHash, 'bytea'),
    sql.value(key.expiresAt, 'timestamptz'),
  ];
  const [row] = await session.query<ApiKeyEntity>(
    sql.build(
      'create_api_key',
      `insert into api_key as k (customer_id, name, role, secret_hash, expires_at) values (${values.join(', ')}) returning ${COLUMNS}`,
    ),
  );
  return row!;
}

/**
 * Repeating the call keeps the first time.
 *
 * @returns undefined when there is no such key
 */
export async function revokeApiKey(session: Session, id: string): Promise<ApiKeyEntity | undefined> {
  const sql = new StatementBuilder(session.scope);
  const [row] = await session.query<ApiKeyEntity>(
    sql.build(
      'revoke_api_key',
      `update api_key k set revoked_at = coalesce(k.revoked_at, clock_timestamp())
       where k.id = ${sql.value(id, 'bigint')} returning ${COLUMNS}`,
    ),
  );
  return row;
}

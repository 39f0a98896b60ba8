import type { Session } from '../db/session';
import { bytea, sql, unnest } from '../db/sql';
import { apiKeyTable, type ApiKeyEntity } from './api-key.entity';

const COLUMNS = apiKeyTable.select('k');

/** Requires the system scope: only the workers' role has the right to compare hashes. */
export async function findApiKeyByHash(session: Session, secretHash: Buffer): Promise<ApiKeyEntity | undefined> {
  const [row] = await session.sql<ApiKeyEntity>`/* api_key_by_hash */ select ${COLUMNS} from api_key k
    where k.secret_hash = ${bytea(secretHash)}`;
  return row;
}

/** The latest hour in which an instance saw a key in use. */
export interface ApiKeyUse {
  id: string;
  hour: Date;
}

/**
 * Records uses of keys. A row that another instance has already set to the hour is not written again. Rows are locked in id
 * order, so that instances that record the same keys at the same time do not deadlock.
 */
export async function recordApiKeyUses(session: Session, uses: readonly ApiKeyUse[]): Promise<void> {
  const rows = unnest(uses, ['bigint', ({ id }) => id], ['timestamptz', ({ hour }) => hour]);
  const isNew = sql`(k.last_used_at is null or k.last_used_at < u.hour)`;
  await session.sql`/* record_api_key_uses */ with used as (
      select k.id, u.hour from ${rows} u(id, hour) join api_key k on k.id = u.id where ${isNew}
      order by k.id for no key update of k)
    update api_key k set last_used_at = u.hour from used u where k.id = u.id and ${isNew}`;
}

import type { ActorValue } from '../../platform/access/actor';
import { apiKeyTable, type ApiKeyEntity } from '../../platform/access/api-key.entity';
import type { Session, Tx } from '../../platform/db/session';
import { all, bigint, int, owned, sql, text } from '../../platform/db/sql';
import { rowsByIds } from '../../platform/list/list';
import { API_KEYS, IS_ACTIVE } from './api-key.list';

const COLUMNS = apiKeyTable.select('a');

/** The first number of advisory locks on the keys of a customer: the bytes of `keys`. */
const LOCK_SPACE = 0x6b657973;

/** Until the transaction ends, no other one creates a key of the customer, or of operators. */
export async function lockApiKeysOf(tx: Tx, customerId: string | null): Promise<void> {
  // Ids beyond 32 bits share locks, which does no harm.
  const owner = sql`(coalesce(${bigint(customerId)}, 0) % 2147483647)::int`;
  await tx.sql`/* lock_api_keys */ select pg_advisory_xact_lock(${int(LOCK_SPACE)}, ${owner})`;
}

/** Counts the keys of a customer, or of operators, that are neither revoked nor expired. */
export async function countActiveApiKeys(session: Session, customerId: string | null): Promise<number> {
  const ofOwner = customerId === null ? sql`a.customer_id is null` : sql`a.customer_id = ${bigint(customerId)}`;
  const [row] = await session.sql<{ count: number }>`/* active_api_keys */ select count(*)::int as count from api_key a
    where ${ofOwner} and ${IS_ACTIVE}`;
  return row!.count;
}

/**
 * Revokes a key. A key that is already revoked keeps its time and actor.
 *
 * @param actor null on the command line
 * @returns undefined when the scope has no key with this id
 */
export async function markRevoked(
  session: Session,
  id: string,
  actor: ActorValue | null,
): Promise<ApiKeyEntity | undefined> {
  const { kind = null, label = null, apiKeyId = null } = actor ?? {};
  const [revoked] = await session.sql<ApiKeyEntity>`/* revoke_api_key */ update api_key a
    set revoked_at = clock_timestamp(), revoked_by_kind = ${text(kind)}, revoked_by_label = ${text(label)},
      revoked_by_api_key_id = ${bigint(apiKeyId)}
    where ${owned('a')} and a.id = ${bigint(id)} and a.revoked_at is null returning ${COLUMNS}`;
  return revoked ?? (await rowsByIds(session, API_KEYS, [id]))[0];
}

/** All keys in the order of their creation, for the command line. @param customerId when omitted, also the keys of operators */
export async function findApiKeys(session: Session, customerId?: string): Promise<ApiKeyEntity[]> {
  const ofCustomer = customerId === undefined ? all() : sql`a.customer_id = ${bigint(customerId)}`;
  return session.sql`/* api_keys */ select ${COLUMNS} from api_key a where ${ofCustomer} order by a.id`;
}

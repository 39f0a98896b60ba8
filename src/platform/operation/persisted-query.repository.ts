import type { Session } from '../db/session';
import { bigint, bytea, int, text, texts, typed } from '../db/sql';

export interface StoredQuery {
  readonly customerId: string;
  /** In hexadecimal. */
  readonly hash: string;
  readonly text: string;
  readonly bytes: number;
}

/** The texts of a customer by their hashes. Hashes that are not known are left out. */
export async function findQueries(
  session: Session,
  customerId: string,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.sql<{ hash: Buffer; text: string }>`/* find_persisted_queries */
    select q.hash, q.text from unnest(${texts(hashes)}) w(hash)
    join persisted_query q on q.customer_id = ${bigint(customerId)} and q.hash = decode(w.hash, 'hex')`;
  return new Map(rows.map((row) => [row.hash.toString('hex'), row.text]));
}

/** Adds a text. The oldest texts of its customer that are beyond the bound are deleted. */
export async function addQuery(session: Session, query: StoredQuery, maxBytes: number): Promise<void> {
  const customerId = bigint(query.customerId);
  const hash = bytea(Buffer.from(query.hash, 'hex'));
  await session.sql`/* add_persisted_query */
    with added as (insert into persisted_query (customer_id, hash, text, bytes)
      values (${customerId}, ${hash}, ${text(query.text)}, ${int(query.bytes)}) on conflict do nothing)
    delete from persisted_query q using (
      select x.hash, sum(x.bytes) over (order by x.registered_at desc, x.hash) as total
      from persisted_query x where x.customer_id = ${customerId} and x.hash <> ${hash}
    ) old where q.customer_id = ${customerId} and q.hash = old.hash and old.total > ${int(maxBytes - query.bytes)}`;
}

/** Deletes the oldest texts of all customers that are beyond the bound. @returns how many */
export async function pruneQueries(session: Session, maxBytes: number): Promise<number> {
  const rows = await session.sql`/* prune_persisted_queries */
    delete from persisted_query q using (
      select x.customer_id, x.hash, sum(x.bytes) over (order by x.registered_at desc, x.customer_id, x.hash) as total
      from persisted_query x
    ) old where q.customer_id = old.customer_id and q.hash = old.hash and old.total > ${typed(maxBytes, 'bigint')}
    returning 1`;
  return rows.length;
}

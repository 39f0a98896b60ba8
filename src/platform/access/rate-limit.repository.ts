import type { MergedBucket } from '../base/rate-buckets';
import type { Database } from '../db/database';
import { Pruner } from '../db/pruner';
import type { Session, Tx } from '../db/session';
import { int, unnest } from '../db/sql';
import type { StreamLog } from '../db/stream-log';

/**
 * Adds what an instance has spent to what all have. Times are those of one clock, the database's. Rows are locked in the order of their
 * keys, so that instances do not deadlock. A time that is hours away is from before the clock was set back.
 *
 * @returns how far each time is in the future now
 */
export async function mergeRateLimits(session: Session, spent: readonly MergedBucket[]): Promise<MergedBucket[]> {
  const rows = unnest(spent, ['text', ([key]) => key], ['float8', ([, ms]) => ms]);
  const merged = await session.sql<{ key: string; ms: number }>`/* merge_rate_limits */
    insert into rate_limit as r (key, tat)
      select s.key, now() + s.ms * interval '1 millisecond' from ${rows} s(key, ms) order by s.key
    on conflict (key) do update set tat =
      greatest(case when r.tat < now() + interval '2 hours' then r.tat end, now()) + (excluded.tat - now())
    returning r.key, (extract(epoch from r.tat - clock_timestamp()) * 1000)::float8 as ms`;
  return merged.map(({ key, ms }) => [key, ms]);
}

/** Deletes rows of owners who have spent nothing lately. */
export class RateLimitPruner extends Pruner {
  constructor(database: Database, log: StreamLog, batchSize?: number) {
    super('rate limits', database, log, batchSize);
  }

  protected async pruneBatch(tx: Tx): Promise<number> {
    const rows = await tx.sql`/* prune_rate_limits */ delete from rate_limit r using (
        select x.key from rate_limit x where x.tat < now() limit ${int(this.batchSize)} for update skip locked
      ) old where r.key = old.key returning 1`;
    return rows.length;
  }
}

import type { Session, Tx } from '../../platform/db/session';
import { bigint, int, raw, sql, timestamptz } from '../../platform/db/sql';
import type { ReadingOwner } from '../activity/activity.entity';
import { KINDS } from '../kind/reading-kind';
import { MAX_AHEAD } from './effective-time';
import { toReadingId } from './reading-id';

/** A customer whose readings are deleted when they are older than this time. */
export interface Retention {
  customerId: string;
  keptFrom: Date;
}

/** The customers that do not keep their readings for good. */
export async function findRetentions(session: Session): Promise<Retention[]> {
  return session.sql`/* reading_retentions */
    select c.id as "customerId", readings_kept_from(c.reading_retention_months) as "keptFrom"
    from customer c where c.reading_retention_months is not null order by c.id`;
}

/** Advisory lock, unique among the programs on the database: "DGWT" in ASCII. */
const RETENTION_LOCK = 0x44475754;

/** @returns false while another instance deletes readings */
export async function takeTurn(tx: Tx): Promise<boolean> {
  const [row] = await tx.sql<{ isTaken: boolean }>`/* reading_retention_turn */
    select pg_try_advisory_xact_lock(${int(RETENTION_LOCK)}) as "isTaken"`;
  return row!.isTaken;
}

/**
 * Drops the partitions in which all readings are older than the longest retention. None while a customer keeps readings for good.
 *
 * @returns the number of partitions
 */
export async function dropExpiredPartitions(tx: Tx): Promise<number> {
  const [row] = await tx.sql<{ dropped: number }>`/* drop_expired_reading_partitions */
    select drop_expired_reading_partitions() as dropped`;
  return row!.dropped;
}

/**
 * Deletes the oldest readings of a customer that are older than its retention. The index of ids has them in order, because an id
 * begins with the second. The settings keep PostgreSQL from reading whole partitions instead.
 *
 * @returns the number of readings deleted
 */
export async function deleteExpired(tx: Tx, { customerId, keptFrom }: Retention, limit: number): Promise<number> {
  await tx.sql`/* reading_retention_plan */ select set_config(name, 'off', true)
    from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) name`;
  const [row] = await tx.sql<{ count: number }>`/* delete_expired_readings */
    with expired as materialized (
      select r.customer_id, r.id, r.taken_at from reading r
      where r.customer_id = ${bigint(customerId)} and r.id < ${bigint(toReadingId(keptFrom, '0'))}
        and r.taken_at < ${timestamptz(keptFrom)}
      order by r.id limit ${int(limit)}
    ), deleted as (
      delete from reading r using expired e
      where r.customer_id = e.customer_id and r.id = e.id and r.taken_at = e.taken_at returning 1
    )
    select count(*)::int as count from deleted`;
  return row!.count;
}

const ANY_OLD = (keptFrom: ReturnType<typeof timestamptz>) =>
  sql`least(${raw(KINDS.map(({ activityColumn }) => `a.${activityColumn}`).join(', '))}) < ${keptFrom}`;

/**
 * Removes the times of newest readings that are deleted, of a customer's devices or patients after an id. A reading that is ahead may
 * outlive its time, by at most a day.
 *
 * @returns the last id, or undefined at the end
 */
export async function forgetExpiredActivity(
  tx: Tx,
  owner: ReadingOwner,
  { customerId, keptFrom }: Retention,
  after: string,
  limit: number,
): Promise<string | undefined> {
  const from = timestamptz(keptFrom);
  const id = raw(`${owner}_id`);
  const columns = raw(KINDS.map(({ activityColumn }) => activityColumn).join(', '));
  const values = KINDS.map(
    ({ number, activityColumn }) => sql`case when a.${raw(activityColumn)} < ${from} and not exists (
          select from reading r where r.customer_id = a.customer_id and r.${id} = a.${id} and r.kind = ${raw(String(number))}
            and r.taken_at >= ${from} and r.taken_at <= a.${raw(activityColumn)} + ${MAX_AHEAD})
          then null else a.${raw(activityColumn)} end`,
  );
  const [row] = await tx.sql<{ last: string | null; count: number }>`/* forget_${raw(owner)}_activity */
    with old as materialized (
      select a.${id} from ${raw(owner)}_activity a
      where a.customer_id = ${bigint(customerId)} and a.${id} > ${bigint(after)} and ${ANY_OLD(from)}
      order by a.${id} limit ${int(limit)} for no key update
    ), forgotten as (
      update ${raw(owner)}_activity a set (${columns}) = row(${values.reduce((all, value) => sql`${all}, ${value}`)})
      from old where a.customer_id = ${bigint(customerId)} and a.${id} = old.${id}
    )
    select max(${id}) as last, count(*)::int as count from old`;
  return row!.count < limit ? undefined : row!.last!;
}

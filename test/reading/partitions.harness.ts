import type { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import type { TestApp } from '../support/test-app';

/** A partition with the range of its months. */
export interface Partition {
  name: string;
  bound: string;
}

export async function partitionsOf(app: TestApp): Promise<Partition[]> {
  await app.admin.query(`set timezone = 'UTC'`);
  const { rows } = await app.admin.query<Partition>(
    `select c.relname::text as name, pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'reading'::regclass order by 1`,
  );
  return rows;
}

export async function partitionNames(app: TestApp): Promise<string[]> {
  return (await partitionsOf(app)).map(({ name }) => name);
}

/**
 * Fixes the current time for the function that lists the missing months, so that no new month starts during a test.
 *
 * @returns the fixed time
 */
export async function stopMonths(app: TestApp): Promise<Date> {
  const { admin } = app;
  const { rows } = await admin.query<{ now: Date; source: string }>(
    `select now(), pg_get_functiondef('missing_reading_months'::regproc) as source`,
  );
  const { now, source } = rows[0]!;
  if (!source.includes('now()')) throw new Error('missing_reading_months does not use now().');
  await admin.query(source.replace('now()', `timestamptz '${now.toISOString()}'`));
  // The template database may be from the previous month.
  await movePartitions(app);
  return now;
}

/** Advisory lock of whoever changes the partitions. */
const PARTITION_LOCK = 0x44475752;

/** Keeps gateways from changing partitions until `releasePartitions`. Only statements of `app.admin` still can. */
export async function holdPartitions({ admin }: TestApp): Promise<void> {
  await admin.query(`select pg_advisory_lock(${PARTITION_LOCK})`);
}
export async function releasePartitions({ admin }: TestApp): Promise<void> {
  await admin.query(`select pg_advisory_unlock(${PARTITION_LOCK})`);
}

export interface Step {
  action: string;
  amount: string;
}

/** Takes steps until nothing is left to create or to move. @returns the steps */
export async function movePartitions({ admin }: { admin: Pick<Client, 'query'> }, blocks = 16): Promise<Step[]> {
  const steps: Step[] = [];
  for (;;) {
    const { rows } = await admin.query<Step>('select action, amount from maintain_reading_partitions($1)', [blocks]);
    if (rows[0]!.action === 'idle') return steps;
    if (rows[0]!.action !== 'busy') steps.push(rows[0]!);
  }
}

/** Starts of the months from 2025 to a number of months after an instant. */
export function monthsUntil(now: Date, monthsAhead: number): Date[] {
  const count = (now.getUTCFullYear() - 2025) * 12 + now.getUTCMonth() + 1 + monthsAhead;
  return Array.from({ length: count }, (_, index) => new Date(Date.UTC(2025, index)));
}

/** Name of the partition: `reading_2025_01` for any instant in January 2025. */
export function partitionOf(instant: Date | string): string {
  const [year, month] = new Date(instant).toISOString().split('-');
  return `reading_${year}_${month}`;
}

/** Drops partitions with their rows. */
export async function dropPartition(app: TestApp, ...names: string[]): Promise<void> {
  for (const name of names) await app.admin.query(`drop table ${name}`);
}

/** A Database like the gateway's, for components under test. */
export function openDatabase(app: TestApp): Database {
  return new Database({ url: app.database.url, poolSize: 4, statementTimeoutMs: 600_000 });
}

/** Partition of each reading, by ascending id. */
export async function placesOf(app: TestApp, ids: readonly string[]): Promise<Record<string, string>> {
  const { rows } = await app.admin.query<{ id: string; place: string }>(
    `select id, tableoid::regclass::text as place from reading where id = any($1) order by id`,
    [ids],
  );
  if (rows.length !== ids.length) throw new Error(`Found ${rows.length} of ${ids.length} readings.`);
  return Object.fromEntries(rows.map(({ id, place }) => [id, place]));
}

/** Number of connections that wait for a lock on a table. */
export async function waitersFor(app: TestApp, table: string): Promise<number> {
  const { rows } = await app.admin.query<{ count: number }>(
    `select count(distinct pid)::int as count from pg_locks
     where relation = $1::regclass and not granted and database = (select oid from pg_database where datname = current_database())`,
    [table],
  );
  return rows[0]!.count;
}

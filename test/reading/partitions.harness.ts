import { Database } from '../../src/platform/db/database';
import { eventually } from '../support/eventually';
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
 * Fixes the current time for the function that creates partitions, so that no new month starts during a test.
 *
 * @returns the fixed time
 */
export async function stopMonths({ admin }: TestApp): Promise<Date> {
  const { rows } = await admin.query<{ now: Date; source: string }>(
    `select now(), pg_get_functiondef('maintain_reading_partitions'::regproc) as source`,
  );
  const { now, source } = rows[0]!;
  if (!source.includes('now()')) throw new Error('maintain_reading_partitions does not use now().');
  await admin.query(source.replace('now()', `timestamptz '${now.toISOString()}'`));
  // The template database may be from the previous month.
  await admin.query('select ensure_reading_partitions()');
  return now;
}

/** Starts of the months from 2025 to a number of months after an instant. */
export function monthsUntil(now: Date, monthsAhead: number): Date[] {
  const count = (now.getUTCFullYear() - 2025) * 12 + now.getUTCMonth() + 1 + monthsAhead;
  return Array.from({ length: count }, (_, index) => new Date(Date.UTC(2025, index)));
}

/** Waits until gateways have created the missing partitions after their start. Later they would recreate what a test drops. */
export async function untilGatewaysAreIdle(app: TestApp): Promise<void> {
  const begun = () => app.statements.filter(({ text }) => text.startsWith('/* maintain_reading_partitions */')).length;
  await eventually(() => begun() >= app.urls.length, 'the first round of each gateway');
  // The statement runs in a transaction, which must end too.
  await eventually(async () => {
    const { rowCount } = await app.admin.query(
      `select from pg_stat_activity where datname = current_database() and application_name like 'device-gateway%' and state <> 'idle'`,
    );
    return rowCount === 0;
  }, 'the end of all transactions');
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

/** Number of connections that wait for a lock on one of the tables. */
export async function waitersFor(app: TestApp, ...tables: string[]): Promise<number> {
  const { rows } = await app.admin.query<{ count: number }>(
    `select count(distinct pid)::int as count from pg_locks
     where relation = any($1::regclass[]) and not granted and database = (select oid from pg_database where datname = current_database())`,
    [tables],
  );
  return rows[0]!.count;
}

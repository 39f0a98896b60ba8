import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Client } from 'pg';
import type * as TypeOrm from 'typeorm';
import { Backoff, pause } from '../base/loop';
import { connect, connectionOf, SCHEMA } from './connection';
import { isLocked } from './pg-error';
import { findForeignTables, listTables, MIGRATION_TABLE } from './foreign-tables';
import { assertSuitable, ensurePrerequisites } from './prerequisites';

/** Advisory lock, unique among the programs on the database: "DGWM" in ASCII. */
const MIGRATION_LOCK = 0x4447574d;

/**
 * While a statement waits for the lock of a table, all later statements on the table wait for it. So it gives up soon, and the
 * migration starts again after a pause, in which the others run.
 */
const LOCK_TIMEOUT_MS = 1_000;
const LOCK_RETRY = { firstMs: 500, maxMs: 5_000 };
const LOCK_RETRIES_MS = 600_000;
const LOCK_POLL_MS = 200;

export interface MigrateOptions {
  /** URL with a user that may create tables. */
  url: string;
  /** User that serves requests. It becomes a member of the gateway's roles. */
  servingUser: string;
  /** Called with what is being waited for, when it changes. */
  onStage?: (what: string) => void;
  /** Only those are run. Benchmarks of a migration leave it out. */
  migrations?: readonly MigrationClass[];
}

/** A migration cannot run on the data. The message says what to change first. */
export class RefusedMigrationError extends Error {}

/**
 * Creates the roles and migrates the tables. Instances that start at the same time take turns, so each migration runs once.
 *
 * @throws UnsuitableDatabaseError
 * @throws MissingPrivilegeError when the user may not create what is missing
 * @throws RefusedMigrationError also when the database has tables of another program
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { url, servingUser, onStage = silent, migrations = loadMigrations() } = options;
  const client = await connect(url, { name: 'migration' });
  try {
    onStage('another instance that migrates the database');
    await takeLock(client);
    onStage('the check of the database');
    await assertSuitable(client);
    await refuseForeignTables(client);
    const migrated = await isMigrated(client, migrations);
    await ensurePrerequisites(client, servingUser, migrated);
    onStage('the migration of the tables');
    if (!migrated) await runMigrations(url, migrations, onStage);
  } finally {
    await client.end();
  }
}

/**
 * Waits between statements, not in one: `create index concurrently` of the instance that has the lock waits for all statements that
 * began before.
 */
async function takeLock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]!.taken) return;
    await pause(LOCK_POLL_MS);
  }
}

/** Before anything is created: a first start would otherwise mix the gateway's tables with others. */
async function refuseForeignTables(client: Client): Promise<void> {
  const rows = async (text: string) => (await client.query(text)).rows as never;
  const names = await findForeignTables(rows, loadMigrations()[0]!.name);
  if (names.length === 0) return;
  throw new RefusedMigrationError(
    `The database has tables of another program: ${listTables(names)}. Give the gateway an empty database of its own.`,
  );
}

/** Whether the user may migrate is of no interest when nothing is left to migrate. */
async function isMigrated(client: Client, migrations: readonly MigrationClass[]): Promise<boolean> {
  const table = await client.query<{ found: boolean }>(`select to_regclass($1) is not null as found`, [
    `${SCHEMA}.${MIGRATION_TABLE}`,
  ]);
  if (!table.rows[0]!.found) return false;
  const { rows } = await client.query<{ name: string }>(`select name::text from ${SCHEMA}.${MIGRATION_TABLE}`);
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => applied.has(name));
}

export type MigrationClass = new () => TypeOrm.MigrationInterface;

/** For what only a start with something to migrate needs. */
const load = createRequire(__filename);

const FOLDER = join(__dirname, '../../../migrations');

/** Excludes source maps and declarations in the same folder. */
const MIGRATION_FILE = /^\d{13}-[a-z0-9-]+\.[jt]s$/;

/** Every migration in the folder, ordered by file name. There is no separate list of migrations. */
export function loadMigrations(folder = FOLDER): MigrationClass[] {
  const files = readdirSync(folder).filter((name) => MIGRATION_FILE.test(name));
  return files.sort().flatMap((name) => Object.values(load(join(folder, name)) as Record<string, MigrationClass>));
}

const silent = (): void => undefined;
/** TypeORM prints failed migrations to standard output. The caller reports them. */
const SILENT: TypeOrm.Logger = {
  logQuery: silent,
  logQueryError: silent,
  logQuerySlow: silent,
  logSchemaBuild: silent,
  logMigration: silent,
  log: silent,
};

async function runMigrations(
  url: string,
  migrations: readonly MigrationClass[],
  onStage: (what: string) => void,
): Promise<void> {
  const { DataSource } = load('typeorm') as typeof TypeOrm; // see entity.ts
  const source = new DataSource({
    type: 'postgres',
    schema: SCHEMA,
    migrations: [...migrations],
    migrationsTableName: MIGRATION_TABLE,
    installExtensions: false,
    // TypeORM's own options have defaults from the environment. These override all of them.
    extra: { ...connectionOf(url, { name: 'migration', lockTimeoutMs: LOCK_TIMEOUT_MS }), max: 1 },
    logger: SILENT,
  });
  await source.initialize();
  try {
    await whileLocked(() => source.runMigrations({ transaction: 'each' }), onStage);
  } catch (error) {
    // Errors of PostgreSQL and TypeORM have classes of their own.
    if (!(error instanceof Error && error.constructor === Error)) throw error;
    throw new RefusedMigrationError(`The database cannot be upgraded. ${error.message}`, { cause: error });
  } finally {
    await source.destroy();
  }
}

/** Starts again for as long as a table is locked. Migrations that were committed are not repeated. */
async function whileLocked(work: () => Promise<unknown>, onStage: (what: string) => void): Promise<void> {
  const backoff = new Backoff(LOCK_RETRY);
  const deadline = performance.now() + LOCK_RETRIES_MS;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() > deadline)
        throw new Error(
          `A table was locked for ${LOCK_RETRIES_MS / 60_000} minutes. End the transaction that uses it, see pg_locks, and start again.`,
          { cause: error },
        );
      onStage('the lock of a table that a long transaction uses, see pg_locks');
      await pause(backoff.next());
    }
  }
}

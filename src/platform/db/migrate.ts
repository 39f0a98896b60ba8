import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { findForeignTables, listTables, MIGRATION_TABLE } from './foreign-tables';
import { DATABASE_ROLES } from './scope';

/** Advisory lock, unique among the programs on the database: "DGWM" in ASCII. */
const MIGRATION_LOCK = 0x4447574d;

const INSUFFICIENT_PRIVILEGE = '42501';

export interface MigrateOptions {
  /** URL with a user that may create tables. */
  url: string;
  /** User that serves requests. It becomes a member of the gateway's roles. */
  servingUser: string;
}

/** The message lists the statements that an administrator must run before the gateway can start. */
export class MissingPrivilegeError extends Error {}

/** A migration cannot run on the data. The message says what to change first. */
export class RefusedMigrationError extends Error {}

/**
 * Creates the roles and migrates the tables. Instances that start at the same time take turns, so each migration runs once.
 *
 * @throws MissingPrivilegeError when the user may not create the roles
 * @throws RefusedMigrationError also when the database has tables of another program
 */
export async function migrate({ url, servingUser }: MigrateOptions): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'device-gateway migration' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await refuseForeignTables(client);
    await ensureRoles(client, servingUser);
    await runMigrations(url);
  } finally {
    await client.end();
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

async function ensureRoles(client: Client, servingUser: string): Promise<void> {
  const roles = Object.values(DATABASE_ROLES);
  const { rows } = await client.query<{ role: string; exists: boolean; member: boolean }>(
    `select role, r.oid is not null as exists, coalesce(pg_has_role($2::name, r.oid,
       case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as member
     from unnest($1::text[]) role left join pg_roles r on r.rolname = role order by role`,
    [roles, servingUser],
  );
  const statements = [
    ...rows.filter((row) => !row.exists).map((row) => `create role ${row.role} nologin`),
    ...rows.filter((row) => !row.member).map((row) => `grant ${row.role} to ${escapeIdentifier(servingUser)}`),
  ];
  try {
    for (const statement of statements) await client.query(ifNew(statement));
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE)) throw error;
    throw new MissingPrivilegeError(
      `The database user of the migration is not allowed to create roles. Ask an administrator to run:\n${statements.map((s) => `  ${s};`).join('\n')}`,
      { cause: error },
    );
  }
}

/** Roles belong to the server, the lock to one database. A gateway of another database may create the roles concurrently. */
function ifNew(statement: string): string {
  return `do $do$ begin ${statement}; exception when duplicate_object or unique_violation then null; end $do$`;
}

type MigrationClass = new () => MigrationInterface;

const FOLDER = join(__dirname, '../../../migrations');

/** Excludes source maps and declarations in the same folder. */
const MIGRATION_FILE = /^\d{13}-[a-z0-9-]+\.[jt]s$/;

/** Every migration in the folder, ordered by file name. There is no separate list of migrations. */
export function loadMigrations(folder = FOLDER): MigrationClass[] {
  const load = createRequire(__filename);
  const files = readdirSync(folder).filter((name) => MIGRATION_FILE.test(name));
  return files.sort().flatMap((name) => Object.values(load(join(folder, name)) as Record<string, MigrationClass>));
}

async function runMigrations(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'device-gateway migration',
    migrations: loadMigrations(),
    migrationsTableName: MIGRATION_TABLE,
    installExtensions: false,
    extra: { max: 1 },
  });
  await source.initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } catch (error) {
    // Errors of PostgreSQL and TypeORM have classes of their own.
    if (!(error instanceof Error && error.constructor === Error)) throw error;
    throw new RefusedMigrationError(`The database cannot be upgraded. ${error.message}`, { cause: error });
  } finally {
    await source.destroy();
  }
}

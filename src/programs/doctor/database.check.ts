import { findForeignTables, listTables, MIGRATION_TABLE } from '../../platform/db/foreign-tables';
import { loadMigrations } from '../../platform/db/migrate';
import { EXTENSIONS, VERSIONS } from '../../platform/db/prerequisites';
import { DATABASE_ROLES, OWN_CONNECTIONS } from '../../platform/db/scope';
import type { DatabaseSession } from './database-session';
import { failed, ok, warning, type Finding } from './finding';

export async function checkVersion({ rows }: DatabaseSession): Promise<Finding[]> {
  const [facts] = await rows<{ version: number; name: string; encoding: string }>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as name,
       current_setting('server_encoding') as encoding`,
  );
  const { version, name, encoding } = facts!;
  const supported = `Use PostgreSQL ${VERSIONS.min} to ${VERSIONS.max}.`;
  const ofVersion =
    version < VERSIONS.min
      ? failed('database version', `PostgreSQL ${name} is too old`, supported)
      : version > VERSIONS.max
        ? warning('database version', `PostgreSQL ${name} is newer than what the gateway is tested with`, supported)
        : ok('database version', `PostgreSQL ${name}`);
  const ofEncoding =
    encoding === 'UTF8'
      ? ok('database encoding', encoding)
      : failed('database encoding', encoding, "Create the database with encoding 'UTF8' and template template0.");
  return [ofVersion, ofEncoding];
}

/** The session itself is read-only, so this looks at the value that a new one starts with. */
export async function checkWrites({ rows }: DatabaseSession): Promise<Finding> {
  const [facts] = await rows<{ isStandby: boolean; isReadOnly: boolean }>(
    `select pg_is_in_recovery() as "isStandby", reset_val = 'on' as "isReadOnly"
     from pg_catalog.pg_settings where name = 'default_transaction_read_only'`,
  );
  if (facts!.isStandby) return failed('database writes', 'the database is a standby', 'Connect to its primary.');
  return facts!.isReadOnly
    ? failed(
        'database writes',
        'the database is read-only',
        'Find out why, e.g. a full disk at a hosted database. Then reset default_transaction_read_only.',
      )
    : ok('database writes', 'accepted');
}

/** The limits of connections, of the server, of the database and of the role. The first one is the smallest. -1 is no limit. */
const CONNECTION_LIMITS = `
  select name, available, advice from (values
    ('max_connections', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0), 'Raise max_connections in postgresql.conf'),
    ('The connection limit of the database', (select datconnlimit from pg_database where datname = current_database()),
      format('Run: alter database %I connection limit -1', current_database())),
    ('The connection limit of the role', (select rolconnlimit from pg_roles where rolname = session_user and not rolsuper),
      format('Run: alter role %I connection limit -1', session_user))) limits(name, available, advice)
  where available >= 0 order by available limit 1`;

/** Whether one instance may open all its connections. Those of other programs are not counted. */
export async function checkConnections({ rows }: DatabaseSession, poolSize: number): Promise<Finding> {
  const [limit] = await rows<{ name: string; available: number; advice: string }>(CONNECTION_LIMITS);
  const { name, available, advice } = limit!;
  const needed = OWN_CONNECTIONS + poolSize;
  const found = `${name} allows ${available}, and an instance opens up to ${needed}`;
  return available < needed
    ? failed('connections', found, `${advice}, or lower DATABASE_POOL_SIZE.`)
    : ok('connections', `${found}: enough for ${Math.floor(available / needed)}`);
}

/** @param session of the user that migrates */
export async function checkRoles({ rows }: DatabaseSession, servingUser: string): Promise<Finding> {
  const roles = await rows<{ role: string; exists: boolean; bypasses: boolean; member: boolean; memberOf: string[] }>(
    `select role, r.oid is not null as exists, coalesce(r.rolsuper or r.rolbypassrls, false) as bypasses,
       coalesce(pg_has_role(s.oid, r.oid,
         case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as member,
       array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
             where m.member = r.oid order by 1) as "memberOf"
     from unnest($1::text[]) role left join pg_roles r on r.rolname = role left join pg_roles s on s.rolname = $2
     order by role`,
    [Object.values(DATABASE_ROLES), servingUser],
  );
  const named = (which: (role: (typeof roles)[number]) => boolean) =>
    roles
      .filter(which)
      .map(({ role }) => role)
      .join(', ');
  const bypassing = named(({ bypasses }) => bypasses);
  if (bypassing)
    return failed(
      'database roles',
      `superuser or BYPASSRLS: ${bypassing}`,
      'Run alter role … nosuperuser nobypassrls. Otherwise customers are not isolated.',
    );
  const inheriting = named(({ memberOf }) => memberOf.length > 0);
  if (inheriting) return failed('database roles', `members of other roles: ${inheriting}`, 'Revoke these memberships.');
  const missing = named(({ exists, member }) => !exists || !member);
  if (!missing)
    return ok(
      'database roles',
      named(() => true),
    );
  const [user] = await rows<{ creates: boolean }>(
    'select rolsuper or rolcreaterole as creates from pg_roles where rolname = current_user',
  );
  return user!.creates
    ? ok('database roles', `the gateway will create or grant ${missing}`)
    : failed(
        'database roles',
        `missing, or not granted to the user of DATABASE_URL: ${missing}`,
        'Run the statements of docs/operations.md, or give the migration user CREATEROLE.',
      );
}

/** Migrations and tables of other programs. */
export async function checkTables({ rows }: DatabaseSession): Promise<Finding[]> {
  const known = loadMigrations().map(({ name }) => name);
  const foreign = await findForeignTables(rows, known[0]!);
  if (foreign.length > 0)
    return [
      failed(
        'database tables',
        `of another program: ${listTables(foreign)}`,
        'Give the gateway an empty database of its own.',
      ),
    ];
  const tables = await rows<{ name: string; protected: boolean }>(
    `select relname::text as name, relrowsecurity and relforcerowsecurity as protected from pg_class
     where relnamespace = to_regnamespace('public') and relkind in ('r', 'p') order by relname`,
  );
  const isMigrated = tables.some(({ name }) => name === MIGRATION_TABLE);
  const applied = isMigrated ? await rows<{ name: string }>('select name from public.migration order by id') : [];
  const pending = known.filter((name) => !applied.some((row) => row.name === name)).length;
  const unknown = applied.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  const findings = [ofMigrations(applied.length, pending, unknown)];
  const open = tables.filter((table) => !table.protected && table.name !== MIGRATION_TABLE).map(({ name }) => name);
  if (open.length > 0)
    findings.push(
      failed(
        'database tables',
        `without forced row-level security: ${listTables(open)}`,
        'Give the gateway a database of its own, without tables of other programs.',
      ),
    );
  return findings;
}

function ofMigrations(applied: number, pending: number, unknown: readonly string[]): Finding {
  if (unknown.length > 0)
    return warning(
      'migrations',
      `not known to this version: ${unknown.join(', ')}`,
      'A newer version has migrated the database. Replace this version.',
    );
  if (applied === 0) return ok('migrations', `the database is empty, the gateway will create its tables`);
  if (pending === 0) return ok('migrations', `${applied} applied, none pending`);
  return warning('migrations', `${pending} pending`, 'Back up the database. The gateway migrates it when it starts.');
}

export async function checkExtensions({ rows }: DatabaseSession): Promise<Finding> {
  const found = await rows<{ name: string; available: boolean; created: boolean }>(
    `select name, exists (select from pg_available_extensions a where a.name = e.name) as available,
       exists (select from pg_extension x where x.extname = e.name) as created
     from unnest($1::text[]) e(name)`,
    [EXTENSIONS],
  );
  const missing = found.filter(({ available, created }) => !available && !created).map(({ name }) => name);
  if (missing.length > 0)
    return failed('extensions', `not available: ${missing.join(', ')}`, "Install PostgreSQL's contrib package.");
  return ok('extensions', EXTENSIONS.join(', '));
}

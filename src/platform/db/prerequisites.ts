import { DatabaseError, escapeIdentifier, type Client } from 'pg';
import { SCHEMA } from './connection';
import { DATABASE_ROLES } from './scope';

/** Versions of PostgreSQL that the gateway is tested with. */
export const VERSIONS = { min: 15, max: 18 };
/** Extensions that the migrations create. */
export const EXTENSIONS = ['btree_gist'];

const INSUFFICIENT_PRIVILEGE = '42501';
/** A role that could not be created before. */
const UNDEFINED_OBJECT = '42704';

/** The message lists the statements that an administrator must run before the gateway can start. */
export class MissingPrivilegeError extends Error {}

/** The database cannot be used. The message says why and what to do. */
export class UnsuitableDatabaseError extends Error {}

interface Facts {
  version: number;
  versionName: string;
  database: string;
  encoding: string;
  isStandby: boolean;
  isReadOnly: boolean;
}

/**
 * Checks what no statement of ours can change.
 *
 * @throws UnsuitableDatabaseError
 */
export async function assertSuitable(client: Client): Promise<void> {
  const { rows } = await client.query<Facts>(
    `/* suitability */ select current_setting('server_version_num')::int / 10000 as version,
       current_setting('server_version') as "versionName", current_database()::text as database,
       current_setting('server_encoding') as encoding, pg_is_in_recovery() as "isStandby",
       current_setting('transaction_read_only') = 'on' as "isReadOnly"`,
  );
  const { version, versionName, database, encoding, isStandby, isReadOnly } = rows[0]!;
  const problem = (() => {
    if (version < VERSIONS.min)
      return `PostgreSQL ${versionName} is too old. Use PostgreSQL ${VERSIONS.min} to ${VERSIONS.max}.`;
    if (encoding !== 'UTF8') return encodingProblem(database, encoding);
    if (isStandby) return 'The database is a standby, which accepts no writes. Connect to its primary.';
    if (isReadOnly)
      return (
        'The database is read-only (default_transaction_read_only is on). Find out why, e.g. a full disk at a hosted database. ' +
        `Then run: alter database ${escapeIdentifier(database)} reset default_transaction_read_only;`
      );
    return undefined;
  })();
  if (problem !== undefined) throw new UnsuitableDatabaseError(problem);
}

/** Names in most languages have characters that other encodings cannot store. */
export function encodingProblem(database: string, encoding: string): string {
  return (
    `The database ${database} has the encoding ${encoding}, and the gateway needs UTF8. Create another one: ` +
    `create database ${escapeIdentifier(`${database}_utf8`)} encoding 'UTF8' template template0 locale 'C';`
  );
}

/**
 * Creates the roles, grants them to the user that serves requests, and creates the schema: what is there is left as it is.
 *
 * @param isMigrated whether nothing is left to migrate; the user then needs no right to create tables
 * @throws MissingPrivilegeError with all statements that this user is not allowed to run
 */
export async function ensurePrerequisites(client: Client, servingUser: string, isMigrated: boolean): Promise<void> {
  const statements = [...(await missingRoles(client, servingUser)), ...(await missingRights(client, isMigrated))];
  const refused: string[] = [];
  let cause: unknown;
  for (const { statement, needs } of statements) {
    if (needs === 'administrator') refused.push(statement);
    else
      try {
        await client.query(ifNew(statement));
      } catch (error) {
        const code = error instanceof DatabaseError ? error.code : undefined;
        if (code !== INSUFFICIENT_PRIVILEGE && !(code === UNDEFINED_OBJECT && refused.length > 0)) throw error;
        refused.push(statement);
        cause = error;
      }
  }
  if (refused.length === 0) return;
  // Roles are created first. What depends on one that is missing is listed with it.
  const { rows } = await client.query<{ database: string; user: string }>(
    'select current_database()::text as database, current_user::text as user',
  );
  const { database, user } = rows[0]!;
  throw new MissingPrivilegeError(
    `The database user of the migration, ${user}, is not allowed to prepare the database ${database}. ` +
      `Ask an administrator to run in that database:\n${refused.map((statement) => `  ${statement};`).join('\n')}`,
    { cause },
  );
}

interface Missing {
  statement: string;
  /** Who can run it: `administrator` if the user would only grant it to itself. */
  needs: 'right' | 'administrator';
}

async function missingRoles(client: Client, servingUser: string): Promise<Missing[]> {
  const { rows } = await client.query<{ role: string; exists: boolean; member: boolean }>(
    `select role, r.oid is not null as exists, coalesce(pg_has_role($2::name, r.oid,
       case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as member
     from unnest($1::text[]) role left join pg_roles r on r.rolname = role order by role`,
    [Object.values(DATABASE_ROLES), servingUser],
  );
  return [
    ...rows.filter((row) => !row.exists).map((row) => `create role ${row.role} nologin`),
    ...rows.filter((row) => !row.member).map((row) => `grant ${row.role} to ${escapeIdentifier(servingUser)}`),
  ].map((statement) => ({ statement, needs: 'right' }));
}

async function missingRights(client: Client, isMigrated: boolean): Promise<Missing[]> {
  const { rows } = await client.query<{
    user: string;
    hasSchema: boolean;
    creates: boolean;
    extends: boolean;
    extensions: string[];
    without: string[];
  }>(
    `select current_user::text as user, s.oid is not null as "hasSchema",
       coalesce(has_schema_privilege(s.oid, 'CREATE'), false) as creates,
       has_database_privilege(current_database(), 'CREATE') as extends,
       array(select e from unnest($2::text[]) e where not exists (select from pg_extension x where x.extname = e)) as extensions,
       array(select r from unnest($3::text[]) r left join pg_roles p on p.rolname = r
             where s.oid is null or p.oid is null or not has_schema_privilege(p.oid, s.oid, 'USAGE') order by r) as without
     from (select to_regnamespace($1)::oid as oid) s`,
    [SCHEMA, EXTENSIONS, Object.values(DATABASE_ROLES)],
  );
  const { user, hasSchema, creates, extends: mayExtend, extensions, without } = rows[0]!;
  const missing: Missing[] = [];
  if (!hasSchema) missing.push({ statement: `create schema ${SCHEMA}`, needs: 'right' });
  // In a schema with the usual rights, everybody has USAGE, so also roles that are about to be created.
  if (!hasSchema || (without.length > 0 && !(await isOpenToAll(client))))
    for (const role of without)
      missing.push({ statement: `grant usage on schema ${SCHEMA} to ${role}`, needs: 'right' });
  if (isMigrated) return missing;
  if (hasSchema && !creates)
    missing.push({
      statement: `grant create on schema ${SCHEMA} to ${escapeIdentifier(user)}`,
      needs: 'administrator',
    });
  if (!mayExtend)
    for (const name of extensions) missing.push({ statement: `create extension ${name}`, needs: 'administrator' });
  return missing;
}

async function isOpenToAll(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_namespace n cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
     where n.nspname = $1 and a.grantee = 0 and a.privilege_type = 'USAGE'`,
    [SCHEMA],
  );
  return rowCount !== 0;
}

/** Roles belong to the server, the lock to one database. A gateway of another database may create the roles concurrently. */
function ifNew(statement: string): string {
  return `do $do$ begin ${statement}; exception when duplicate_object or duplicate_schema or unique_violation then null; end $do$`;
}

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { explainError } from '../../src/platform/db/explain-error';
import { openDatabase } from '../../src/platform/db/open-database';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { urlOfDatabase } from '../support/test-database';

const PASSWORD = randomBytes(12).toString('hex');

/** A separate PostgreSQL, because roles belong to the server. */
const bench = new Workbench();
let serverUrl: string;
beforeAll(async () => {
  await bench.open();
  serverUrl = (await bench.start()).url;
  await run('postgres', `create role plain login password '${PASSWORD}'`);
  await run('postgres', 'create database first');
  await open('first', 'postgres'); // creates the roles
});
afterAll(() => bench.close());

async function run(database: string, ...statements: string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: urlOfDatabase(serverUrl, database) });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query<object>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

function urlOf(database: string, user: string): string {
  const url = new URL(urlOfDatabase(serverUrl, database));
  if (user !== 'postgres') [url.username, url.password] = [user, PASSWORD];
  return url.toString();
}

/** Migrates and connects as at the start of a gateway. @returns why it did not start */
async function open(database: string, user: string): Promise<string | undefined> {
  const url = urlOf(database, user);
  try {
    const { close } = await openDatabase({
      location: { kind: 'external', url, migrationUrl: url, servingUser: user },
      poolSize: 1,
      statementTimeoutMs: 10_000,
      log: () => undefined,
    });
    await close();
    return undefined;
  } catch (error) {
    return explainError(error);
  }
}

it('a user who may not create tables and extensions: the statements that mend it', async () => {
  await run('postgres', 'create database owned');
  await run('postgres', 'revoke gateway_customer, gateway_operator, gateway_worker from plain');
  expect(await open('owned', 'plain')).toBe(
    [
      'The database user of the migration, plain, is not allowed to prepare the database owned. Ask an administrator to run in that database:',
      '  grant gateway_customer to "plain";',
      '  grant gateway_operator to "plain";',
      '  grant gateway_worker to "plain";',
      '  grant create on schema public to "plain";',
      '  create extension btree_gist;',
    ].join('\n'),
  );
  const statements = (await open('owned', 'plain'))!.split('\n').slice(1);
  expect(await run('owned', 'select relname from pg_class where relnamespace = to_regnamespace($$public$$)')).toEqual(
    [],
  );
  await run('owned', ...statements);
  expect(await open('owned', 'plain')).toBeUndefined();
  // Nothing is left to migrate, so the right is no longer needed.
  await run('owned', 'revoke create on schema public from plain');
  expect(await open('owned', 'plain')).toBeUndefined();
});

it('a database without the schema, or with a schema that is closed to other roles, is prepared', async () => {
  await run('postgres', 'create database bare', 'create database closed');
  await run('bare', 'drop schema public');
  await run('closed', 'revoke all on schema public from public');
  expect(await open('bare', 'postgres')).toBeUndefined();
  expect(await open('closed', 'postgres')).toBeUndefined();
});

it.each(['LATIN1', 'SQL_ASCII'])('the encoding %s is refused, and nothing is created', async (encoding) => {
  const name = encoding.toLowerCase();
  await run(
    'postgres',
    `create database ${name} template template0 encoding '${encoding}' locale_provider libc locale 'C'`,
  );
  expect(await open(name, 'postgres')).toBe(
    `The database ${name} has the encoding ${encoding}, and the gateway needs UTF8. Create another one: ` +
      `create database "${name}_utf8" encoding 'UTF8' template template0 locale 'C';`,
  );
  expect(await run(name, `select from pg_class where relnamespace = 'public'::regnamespace`)).toEqual([]);
});

it('a setting that turns off triggers and foreign keys is refused', async () => {
  await run('postgres', `alter database first set session_replication_role = 'replica'`);
  expect(await open('first', 'postgres')).toBe(
    'The setting session_replication_role is replica, so triggers and foreign keys have no effect. A superuser set it for the user ' +
      'or the database. Run as superuser: alter role postgres reset session_replication_role; alter database first reset session_replication_role;',
  );
  await run('postgres', `alter database first reset session_replication_role`);
  expect(await open('first', 'postgres')).toBeUndefined();
});

it('a read-only database is refused', async () => {
  await run('postgres', 'create database quiet', 'alter database quiet set default_transaction_read_only = on');
  expect(await open('quiet', 'postgres')).toBe(
    'The database is read-only (default_transaction_read_only is on). Find out why, e.g. a full disk at a hosted database. ' +
      'Then run: alter database "quiet" reset default_transaction_read_only;',
  );
});

it('the variables PG* of the caller do not reach the embedded database', async () => {
  Object.assign(process.env, {
    PGHOST: '192.0.2.1',
    PGPORT: '1',
    PGUSER: 'somebody',
    PGPASSWORD: 'wrong',
    PGDATABASE: 'other',
    PGSSLMODE: 'prefer',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c search_path=elsewhere -c default_transaction_read_only=on',
    PGREPLICATION: 'database',
    PGCLIENT_ENCODING: 'LATIN1',
    PGAPPNAME: 'other',
  });
  const { close } = await openDatabase({
    location: { kind: 'embedded', dataDir: bench.dataDir },
    poolSize: 1,
    statementTimeoutMs: 10_000,
    log: () => undefined,
  });
  await close();
});

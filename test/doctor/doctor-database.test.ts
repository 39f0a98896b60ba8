import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { loadMigrations, migrate } from '../../src/platform/db/migrate';
import { OWN_CONNECTIONS } from '../../src/platform/db/scope';
import { checkVersion } from '../../src/programs/doctor/database.check';
import { checkClock, checkTimeZones } from '../../src/programs/doctor/time.check';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { urlOfDatabase } from '../support/test-database';
import { APP_SECRET, diagnose } from './doctor.harness';

const PASSWORD = randomBytes(12).toString('hex');
const MIGRATIONS = loadMigrations().length;

/** A separate PostgreSQL, because roles belong to the server. */
const bench = new Workbench();
let serverUrl: string;
let admin: Client;
beforeAll(async () => {
  await bench.open();
  serverUrl = (await bench.start()).url;
  admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create role plain login password '${PASSWORD}'`);
  await admin.query('create database migrated');
  await migrate({ url: urlOf('migrated'), servingUser: 'postgres' });
});
afterAll(async () => {
  await admin.end();
  await bench.close();
});

function urlOf(database: string, user?: string, password = PASSWORD): string {
  const url = new URL(urlOfDatabase(serverUrl, database));
  if (user !== undefined) [url.username, url.password] = [user, password];
  return url.toString();
}

const diagnoseUrl = (url: string, env: Record<string, string> = {}) =>
  diagnose({ DATABASE_URL: url, APP_SECRET, ...env });

async function inDatabase(database: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: urlOf(database) });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

test('a database that is ready: every line is ok, and nothing secret is shown', async () => {
  const { exitCode, lines, text } = await diagnoseUrl(urlOf('migrated'));
  expect(lines).toEqual({
    configuration: 'ok: valid.',
    address: 'ok: 127.0.0.1, any free port is free.',
    'metrics address': 'ok: metrics are not served (METRICS_PORT is not set).',
    'token issuer': 'ok: JWTs are not accepted (JWKS_URL is not set).',
    'trusted documents': 'ok: off, every valid document is executed.',
    database: 'ok: DATABASE_URL connects.',
    'database version': expect.stringMatching(/^ok: PostgreSQL 18\./) as string,
    'database encoding': 'ok: UTF8.',
    'database writes': 'ok: accepted.',
    connections: expect.stringMatching(
      /^ok: max_connections allows \d+, and an instance opens up to \d+: enough/,
    ) as string,
    'database roles': 'ok: gateway_customer, gateway_operator, gateway_worker.',
    migrations: `ok: ${MIGRATIONS} applied, none pending.`,
    extensions: 'ok: btree_gist.',
    clock: 'ok: this machine and the database agree.',
    'time zones': 'ok: PostgreSQL and Node agree for 10 zones.',
  });
  expect(exitCode).toBe(0);
  expect(text).toMatch(/\n15 ok, 0 warnings, 0 failed$/);
  expect(text).not.toContain(new URL(serverUrl).password);
  expect(text).not.toContain(APP_SECRET);
});

test('fewer connections than an instance opens are a failure', async () => {
  const connectionsOf = async (poolSize: number) =>
    (await diagnoseUrl(urlOf('migrated'), { DATABASE_POOL_SIZE: String(poolSize) })).lines.connections;
  const { rows } = await admin.query<{ count: number }>(
    `select (sum(setting::int) filter (where name = 'max_connections')
       - sum(setting::int) filter (where name like '%reserved_connections'))::int as count from pg_settings`,
  );
  const { count } = rows[0]!;
  expect(await connectionsOf(count - OWN_CONNECTIONS)).toMatch(/^ok: .*: enough for 1\.$/);
  expect(await connectionsOf(count - OWN_CONNECTIONS + 1)).toBe(
    `failed: max_connections allows ${count}, and an instance opens up to ${count + 1}. ` +
      'Raise max_connections in postgresql.conf, or lower DATABASE_POOL_SIZE.',
  );
});

test('a limit of the database or of the role counts when it is less than that of the server', async () => {
  await admin.query('create database few template migrated connection limit 20');
  const url = new URL(urlOf('few'));
  const connections = async () => (await diagnoseUrl(url.toString())).lines.connections;
  expect(await connections()).toBe(
    `failed: The connection limit of the database allows 20, and an instance opens up to ${OWN_CONNECTIONS + 10}. ` +
      'Run: alter database few connection limit -1, or lower DATABASE_POOL_SIZE.',
  );
  await admin.query(`create role fewer login password 'x' connection limit 19`);
  await admin.query('grant gateway_customer, gateway_operator, gateway_worker to fewer');
  [url.username, url.password] = ['fewer', 'x'];
  expect(await connections()).toBe(
    `failed: The connection limit of the role allows 19, and an instance opens up to ${OWN_CONNECTIONS + 10}. ` +
      'Run: alter role fewer connection limit -1, or lower DATABASE_POOL_SIZE.',
  );
});

test('an empty database is ready for the first start', async () => {
  await admin.query('create database empty');
  const { exitCode, lines } = await diagnoseUrl(urlOf('empty'));
  expect([exitCode, lines.migrations]).toEqual([0, 'ok: the database is empty, the gateway will create its tables.']);
});

test('migrations that are pending or of a newer version are a warning', async () => {
  await admin.query('create database behind template migrated');
  await inDatabase('behind', 'delete from migration where id = (select max(id) from migration)');
  const behind = await diagnoseUrl(urlOf('behind'));
  expect([behind.exitCode, behind.lines.migrations]).toEqual([
    0,
    'warning: 1 pending. Back up the database. The gateway migrates it when it starts.',
  ]);
  await inDatabase('behind', `insert into migration (timestamp, name) values (1, 'Later1')`);
  const ahead = await diagnoseUrl(urlOf('behind'));
  expect(ahead.lines.migrations).toBe(
    'warning: not known to this version: Later1. A newer version has migrated the database. Replace this version.',
  );
});

test("tables of another program in the gateway's database are a failure", async () => {
  await admin.query('create database shared template migrated');
  await inDatabase('shared', 'create table invoice (id int)');
  const { exitCode, lines } = await diagnoseUrl(urlOf('shared'));
  expect([exitCode, lines['database tables']]).toEqual([
    1,
    'failed: without forced row-level security: invoice. Give the gateway a database of its own, without tables of other programs.',
  ]);
});

test.each([
  ['of other names', 'create table invoice (id int)', 'invoice'],
  ['named like those of the gateway', 'create table customer (id int, label text)', 'customer'],
  [
    'with migrations of its own',
    `create table migration (id serial, timestamp bigint, name text); insert into migration (timestamp, name) values (1, 'Theirs1')`,
    'migration',
  ],
  [
    'of which there are many',
    'create table a (); create table b (); create table c (); create table d (); create table e (); create table f ()',
    'a, b, c, d, e, …',
  ],
])('a database of another program, with tables %s, is a failure before the first start', async (what, sql, tables) => {
  const name = `of_others_${what.length}`;
  await admin.query(`create database ${name}`);
  await inDatabase(name, sql);
  const { exitCode, lines } = await diagnoseUrl(urlOf(name));
  expect([exitCode, lines['database tables'], lines.migrations]).toEqual([
    1,
    `failed: of another program: ${tables}. Give the gateway an empty database of its own.`,
    undefined,
  ]);
});

test('an encoding other than UTF8 is a failure', async () => {
  await admin.query(`create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0`);
  const { exitCode, lines } = await diagnoseUrl(urlOf('latin'));
  expect([exitCode, lines['database encoding']]).toEqual([
    1,
    "failed: LATIN1. Create the database with encoding 'UTF8' and template template0.",
  ]);
});

test('a read-only database is a failure', async () => {
  await admin.query('create database quiet template migrated');
  await admin.query('alter database quiet set default_transaction_read_only = on');
  const { exitCode, lines } = await diagnoseUrl(urlOf('quiet'));
  expect([exitCode, lines['database writes']]).toEqual([
    1,
    'failed: the database is read-only. Find out why, e.g. a full disk at a hosted database. Then reset default_transaction_read_only.',
  ]);
});

describe('roles', () => {
  test('that could bypass row-level security are a failure', async () => {
    await admin.query('alter role gateway_worker bypassrls');
    const { exitCode, lines } = await diagnoseUrl(urlOf('migrated'));
    await admin.query('alter role gateway_worker nobypassrls');
    expect([exitCode, lines['database roles']]).toEqual([
      1,
      'failed: superuser or BYPASSRLS: gateway_worker. Run alter role … nosuperuser nobypassrls. Otherwise customers are not isolated.',
    ]);
  });

  test('that are members of other roles are a failure', async () => {
    await admin.query('grant gateway_operator to gateway_customer');
    const { lines } = await diagnoseUrl(urlOf('migrated'));
    await admin.query('revoke gateway_operator from gateway_customer');
    expect(lines['database roles']).toBe('failed: members of other roles: gateway_customer. Revoke these memberships.');
  });

  test('that are missing are a failure only if the user that migrates cannot create them', async () => {
    const alone = await diagnoseUrl(urlOf('migrated', 'plain'));
    expect([alone.exitCode, alone.lines['database roles']]).toEqual([
      1,
      'failed: missing, or not granted to the user of DATABASE_URL: gateway_customer, gateway_operator, gateway_worker. ' +
        'Run the statements of docs/operations.md, or give the migration user CREATEROLE.',
    ]);
    const { lines } = await diagnoseUrl(urlOf('migrated', 'plain'), { MIGRATION_DATABASE_URL: urlOf('migrated') });
    expect(lines['database roles']).toBe(
      'ok: the gateway will create or grant gateway_customer, gateway_operator, gateway_worker.',
    );
  });
});

describe('a database that cannot be reached', () => {
  test('with a wrong password: the code, and not the password', async () => {
    const { exitCode, lines, text } = await diagnoseUrl(urlOf('migrated', 'plain', 'wrong-password'));
    expect([exitCode, lines.database]).toEqual([
      1,
      'failed: DATABASE_URL: PostgreSQL says: password authentication failed for user "plain" (SQLSTATE 28P01). ' +
        'Correct the user and the password in the URL. Special characters in it are percent-encoded, e.g. %40 for @.',
    ]);
    expect(text).not.toContain('wrong-password');
  });

  test('that never responds: the check ends by itself', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const sockets = new Set<{ destroy: () => void }>();
    silent.on('connection', (socket) => sockets.add(socket));
    const { port } = silent.address() as { port: number };
    const { exitCode, lines } = await diagnoseUrl(`postgres://user:secret@127.0.0.1:${port}/database`);
    expect([exitCode, lines.database]).toEqual([
      1,
      `failed: DATABASE_URL: Cannot connect to PostgreSQL at 127.0.0.1:${port}: no response in time. Something accepts the ` +
        'connection and does not respond. Check host and port in the URL, the load of PostgreSQL, and firewalls.',
    ]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('what the database says', () => {
  const answering = (row: object) => ({ rows: async () => [row] as never });

  test.each([
    [14, 'failed', 'PostgreSQL 14.9 is too old'],
    [15, 'ok', 'PostgreSQL 15.9'],
    [18, 'ok', 'PostgreSQL 18.9'],
    [19, 'warning', 'PostgreSQL 19.9 is newer than what the gateway is tested with'],
  ])('version %i: %s', async (version, status, found) => {
    const [finding] = await checkVersion(answering({ version, name: `${version}.9`, encoding: 'UTF8' }));
    expect(finding).toMatchObject({ status, found });
  });

  test.each([
    [0, 'ok', /agree/],
    [10_000, 'warning', /^the database is \d+\.\d s ahead of this machine$/],
    [-10_000, 'warning', /^the database is \d+\.\d s behind this machine$/],
    [3_600_000, 'failed', /ahead of/],
  ])('a clock that differs by %i ms: %s', async (differenceMs, status, found) => {
    const session = { rows: async () => [{ ms: Date.now() + differenceMs }] as never };
    expect(await checkClock(session)).toMatchObject({ status, found: expect.stringMatching(found) as string });
  });

  test('time zone data that differ are a warning', async () => {
    const finding = await checkTimeZones(
      answering({ zone: 'America/Phoenix', instant: '2026-07-15T12:00:00Z', minutes: -360 }),
    );
    expect(finding).toMatchObject({ status: 'warning', found: expect.stringContaining('America/Phoenix') as string });
  });
});

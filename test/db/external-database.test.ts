import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import { startApp, type App } from '../../src/app';
import { loadConfig } from '../../src/config';
import { loadMigrations, RefusedMigrationError } from '../../src/platform/db/migrate';
import { MissingPrivilegeError } from '../../src/platform/db/prerequisites';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { createLogger } from '../../src/platform/base/logger';
import { eventually } from '../support/eventually';
import { urlOfDatabase } from '../support/test-database';
import { Workbench } from '../postgres/embedded-postgres.harness';

const ROLES = Object.values(DATABASE_ROLES);
const PASSWORD = randomBytes(12).toString('hex');

/** A separate PostgreSQL, because roles belong to the server and other tests use the shared one. */
const bench = new Workbench();
let serverUrl: string;
let admin: Client;
const apps: App[] = [];

beforeAll(async () => {
  await bench.open();
  serverUrl = (await bench.start()).url;
  admin = new Client({ connectionString: serverUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await bench.close();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

async function start(env: Record<string, string>): Promise<App> {
  const config = loadConfig({
    APP_SECRET: 'a secret for tests, the same on all instances',
    PORT: '0',
    LOG_LEVEL: 'silent',
    ...env,
  });
  const app = await startApp(config, createLogger({ level: config.log.level }));
  apps.push(app);
  return app;
}

function urlOf(database: string, user?: string): string {
  const url = new URL(urlOfDatabase(serverUrl, database));
  if (user !== undefined) [url.username, url.password] = [user, PASSWORD];
  return url.toString();
}

async function createUser(name: string, attributes = ''): Promise<void> {
  await admin.query(`create role ${name} login ${attributes} password '${PASSWORD}'`);
}

/** Runs statements in a database as superuser. */
async function asAdmin<Row extends object = Record<string, unknown>>(
  database: string,
  ...statements: string[]
): Promise<Row[]> {
  const client = new Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

async function ask(
  app: App,
  key: string,
  query: string,
  variables: object = {},
): Promise<{ status: number; text: string; data: Record<string, Record<string, unknown>> }> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    data: (JSON.parse(text) as { data: Record<string, Record<string, unknown>> }).data,
  };
}

async function refusalOf(start: Promise<App>): Promise<Error> {
  return start.then(
    () => Promise.reject(new Error('The gateway started.')),
    (error: unknown) => error as Error,
  );
}

/** The server takes a moment to notice that a client has disconnected. */
async function untilNoClientIsConnectedTo(database: string): Promise<void> {
  const connected = 'select from pg_stat_activity where datname = $1';
  await eventually(async () => (await admin.query(connected, [database])).rowCount === 0);
}

/** The statements in the error message, for an administrator to run. */
function statementsIn(message: string): string[] {
  return message
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim());
}

/** Uses the gateway as in production: creates customers and keys, then a site, a patient and a device by the API. */
async function walkThrough(app: App, database: string): Promise<void> {
  const [adminKey, otherKey, operatorKey] = [generateApiKey(), generateApiKey(), generateApiKey()] as const;
  const hash = (key: string) => `'\\x${hashApiKey(key).toString('hex')}'`;
  await asAdmin(
    database,
    `insert into customer (name) values ('One'), ('Other')`,
    `insert into item (name, reading_kinds) values ('Cuff', '{BLOOD_PRESSURE}')`,
    `insert into api_key (customer_id, name, role, secret_hash) values (1, 'a', 'ADMIN', ${hash(adminKey)}), (2, 'b', 'ADMIN', ${hash(otherKey)}), (null, 'c', 'OPERATOR', ${hash(operatorKey)})`,
  );
  const run = async (
    key: string,
    field: string,
    input: object,
    selection: string,
  ): Promise<Record<string, { databaseId: string }>> => {
    const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
    const { data } = await ask(
      app,
      key,
      `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code } } }`,
      { input },
    );
    expect(data[field]).toMatchObject({ userErrors: [] });
    return data[field] as Record<string, { databaseId: string }>;
  };
  const siteId = (await run(adminKey, 'createSite', { name: 'Clinic' }, 'site { databaseId }')).site!.databaseId;
  const patientId = (await run(adminKey, 'createPatient', { firstName: 'A', lastName: 'B' }, 'patient { databaseId }'))
    .patient!.databaseId;
  const device = { customerId: '1', itemId: '1', siteId, identifiers: [{ type: 'SERIAL', value: 'X1' }] };
  const deviceId = (await run(operatorKey, 'registerDevice', device, 'device { databaseId }')).device!.databaseId;
  await run(adminKey, 'associateDevice', { deviceId, patientId }, 'device { databaseId }');

  const devices = '{ devices { nodes { databaseId currentStatus } } }';
  expect((await ask(app, adminKey, devices)).data).toEqual({
    devices: { nodes: [{ databaseId: deviceId, currentStatus: 'WITH_PATIENT' }] },
  });
  expect((await ask(app, otherKey, devices)).data).toEqual({ devices: { nodes: [] } });
}

it('the error lists the statements for an administrator when the user is not allowed to create roles', async () => {
  await createUser('clinic');
  await admin.query('create database clinic owner clinic');

  const error = await refusalOf(start({ DATABASE_URL: urlOf('clinic', 'clinic') }));

  expect(error).toBeInstanceOf(MissingPrivilegeError);
  expect(statementsIn(error.message)).toEqual([
    ...ROLES.map((role) => `create role ${role} nologin;`),
    ...ROLES.map((role) => `grant ${role} to "clinic";`),
  ]);
  expect(error.message).not.toContain(PASSWORD);
  await untilNoClientIsConnectedTo('clinic');
});

it('the gateway migrates as one user and serves as another without privileges', async () => {
  await createUser('migrator', 'createrole');
  await createUser('server');
  await admin.query('create database hospital owner migrator');
  const env = { DATABASE_URL: urlOf('hospital', 'server'), MIGRATION_DATABASE_URL: urlOf('hospital', 'migrator') };

  const first = await start(env);
  await walkThrough(first, 'hospital');
  await first.stop();
  // The second start has nothing to migrate.
  expect((await fetch(`${(await start(env)).url}/readyz`)).status).toBe(200);
});

it('the gateway starts after an administrator has run the statements, without demo data and demo keys', async () => {
  const error = await refusalOf(start({ DATABASE_URL: urlOf('clinic', 'clinic') }));
  expect(statementsIn(error.message)).toEqual(ROLES.map((role) => `grant ${role} to "clinic";`));
  await asAdmin('clinic', ...statementsIn(error.message));

  const app = await start({ DATABASE_URL: urlOf('clinic', 'clinic') });

  expect(await asAdmin('clinic', 'select id, name from customer')).toEqual([{ id: '0', name: 'Impilo' }]);
  expect((await ask(app, 'demo-northside', '{ viewer { role } }')).status).toBe(401);
  await walkThrough(app, 'clinic');
  const users = await asAdmin(
    'clinic',
    `select distinct usename as name from pg_stat_activity where datname = 'clinic' and application_name like 'device-gateway%'`,
  );
  expect(users).toEqual([{ name: 'clinic' }]);
});

it('instances that start concurrently on an empty database migrate it once', async () => {
  await admin.query('create database crowd');

  const started = await Promise.all(Array.from({ length: 3 }, () => start({ DATABASE_URL: urlOf('crowd') })));

  for (const app of started) expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  expect(await asAdmin('crowd', 'select name from migration')).toHaveLength(loadMigrations().length);
});

describe('a database with tables of another program', () => {
  const tables = (database: string) =>
    asAdmin<{ name: string }>(
      database,
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace`,
    );

  it.each([
    ['billing', ['create table invoice (id bigint)'], 'invoice'],
    ['crm', ['create table customer (label text)'], 'customer'],
    [
      'shop',
      [
        'create table migration (id bigint, timestamp bigint, name text)',
        `insert into migration values (1, 1, 'Theirs1')`,
      ],
      'migration',
    ],
  ])('such as %s is refused, and nothing is created in it', async (name, statements, foreign) => {
    await admin.query(`create database ${name}`);
    await asAdmin(name, ...statements);
    const before = await tables(name);
    const error = await refusalOf(start({ DATABASE_URL: urlOf(name) }));
    expect(error).toBeInstanceOf(RefusedMigrationError);
    expect(error.message).toBe(
      `The database has tables of another program: ${foreign}. Give the gateway an empty database of its own.`,
    );
    expect(await tables(name)).toEqual(before);
  });

  it('is not one whose first start failed before its first migration', async () => {
    await admin.query('create database resumed');
    await asAdmin(
      'resumed',
      'create table migration (id serial primary key, timestamp bigint not null, name text not null)',
    );
    expect((await fetch(`${(await start({ DATABASE_URL: urlOf('resumed') })).url}/readyz`)).status).toBe(200);
  });
});

describe('the gateway refuses to start when row-level security does not apply', () => {
  beforeAll(async () => {
    await admin.query('create database lax');
    await (await start({ DATABASE_URL: urlOf('lax') })).stop();
  });

  it.each([
    [
      'to a superuser',
      'alter role gateway_customer superuser',
      'alter role gateway_customer nosuperuser',
      'the role for customer statements is a superuser or has BYPASSRLS',
    ],
    [
      'to a role with BYPASSRLS',
      'alter role gateway_worker bypassrls',
      'alter role gateway_worker nobypassrls',
      'the role for system statements is a superuser or has BYPASSRLS',
    ],
    [
      'to a member of another role',
      'grant gateway_operator to gateway_customer',
      'revoke gateway_operator from gateway_customer',
      'the role for customer statements is a member of other roles and inherits their policies and rights: gateway_operator',
    ],
    [
      'to a table without policies',
      'create table leftover (id bigint)',
      'drop table leftover',
      'the role for customer statements has access to tables without forced row-level security: leftover',
    ],
    [
      'to the owner of a table',
      'alter table device no force row level security',
      'alter table device force row level security',
      'the role for customer statements has access to tables without forced row-level security: device',
    ],
    [
      'to a table with disabled policies',
      'alter table patient disable row level security',
      'alter table patient enable row level security',
      'the role for customer statements has access to tables without forced row-level security: patient',
    ],
  ])('%s', async (_case, loosen, tighten, message) => {
    await asAdmin('lax', loosen);
    try {
      const error = await refusalOf(start({ DATABASE_URL: urlOf('lax') }));
      expect(error.message).toBe(`Refusing to start: ${message}. Customers' rows would not be isolated.`);
      await untilNoClientIsConnectedTo('lax');
    } finally {
      await asAdmin('lax', tighten);
    }
  });

  it('and starts when it applies', async () => {
    expect((await fetch(`${(await start({ DATABASE_URL: urlOf('lax') })).url}/readyz`)).status).toBe(200);
  });
});

import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Initial1795305600000 } from '../../migrations/1795305600000-initial';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import { startApp, type App } from '../../src/app';
import { loadConfig } from '../../src/config';
import { loadMigrations } from '../../src/platform/db/migrate';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { createLogger } from '../../src/platform/base/logger';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { eventually } from '../support/eventually';
import { urlOfDatabase } from '../support/test-database';

const DEVICES = 300;
const PATIENTS = 200;
const FEBRUARY = 'reading_2025_02';
const PASSWORD = randomBytes(12).toString('hex');

/** A separate PostgreSQL server, since users belong to a whole server. Only `admin` is a superuser. */
const bench = new Workbench();
const key = generateApiKey();
const operatorKey = generateApiKey();
let admin: Client;
let env: Record<string, string>;
let app: App | undefined;

beforeAll(async () => {
  await bench.open();
  const server = (await bench.start()).url;
  const roles = Object.values(DATABASE_ROLES);
  await onServer(
    server,
    ...roles.map((role) => `create role ${role} nologin`),
    `create role owner login password '${PASSWORD}'`,
    `create role server login password '${PASSWORD}'`,
    ...roles.map((role) => `grant ${role} to server`),
    'create database clinic owner owner',
  );
  const urlFor = (user: string): string => {
    const url = new URL(urlOfDatabase(server, 'clinic'));
    [url.username, url.password] = [user, PASSWORD];
    return url.toString();
  };
  env = { DATABASE_URL: urlFor('server'), MIGRATION_DATABASE_URL: urlFor('owner') };
  admin = new Client({ connectionString: urlOfDatabase(server, 'clinic') });
  await admin.connect();
  await migrateToFirst(urlFor('owner'));
  await fill();
});
afterAll(async () => {
  await app?.stop();
  await admin.end();
  await bench.close();
});

async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** The database of a gateway version without readings. */
async function migrateToFirst(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations: [Initial1795305600000],
    migrationsTableName: 'migration',
    installExtensions: false,
  });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
}

/** Two customers with alternating patients and devices. The first hundred devices have a holder. */
async function fill(): Promise<void> {
  const hash = (secret: string) => `'\\x${hashApiKey(secret).toString('hex')}'`;
  await admin.query(`
    insert into customer (name) values ('One'), ('Other');
    insert into api_key (customer_id, name, role, secret_hash) values (1, 'a', 'ADMIN', ${hash(key)}), (null, 'b', 'OPERATOR', ${hash(operatorKey)});
    insert into item (name, reading_kinds) values ('Scale', '{WEIGHT}');
    insert into patient (customer_id, id, first_name, last_name) select 1 + n % 2, n, 'A', 'Person' from generate_series(1, ${PATIENTS}) n;
    select setval('patient_id_seq', ${PATIENTS});
    begin;
    insert into device (customer_id, id, item_id, current_status, patient_id)
      select 1 + n % 2, n, 1, case when n <= 100 then 'WITH_PATIENT' else 'LOST' end, case when n <= 100 then n end
      from generate_series(1, ${DEVICES}) n;
    insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
      select customer_id, id, patient_id, '2024-01-01', 'SYSTEM', 'test' from device where patient_id is not null;
    commit;
    select setval('device_id_seq', ${DEVICES})`);
}

async function start(): Promise<App> {
  const config = loadConfig({
    APP_SECRET: 'a secret of the tests, of this one alone',
    PORT: '0',
    LOG_LEVEL: 'silent',
    ...env,
  });
  return (app = await startApp(config, createLogger({ level: config.log.level })));
}

async function ask<Data>(query: string, secret = key): Promise<Data> {
  const response = await fetch(`${app!.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function rowsOf(sql: string): Promise<unknown[]> {
  return (await admin.query<object>(sql)).rows;
}

it('a database without readings is migrated by its owner', async () => {
  await start();
  expect(await rowsOf('select name from migration order by id')).toEqual(
    loadMigrations().map(({ name }) => ({ name })),
  );
  expect(
    await rowsOf(
      `select rolname, rolsuper, rolbypassrls from pg_roles where rolname in ('owner', 'server') order by 1`,
    ),
  ).toEqual([
    { rolname: 'owner', rolsuper: false, rolbypassrls: false },
    { rolname: 'server', rolsuper: false, rolbypassrls: false },
  ]);
  // Including the partitions and the function that creates them.
  expect(
    await rowsOf(`select distinct r.rolname as owner from pg_roles r join (
      select relowner as owner from pg_class where relname ~ '^(reading|(device|patient)_activity)' and relkind in ('r', 'p')
      union all select proowner from pg_proc where proname = 'ensure_reading_partitions') o on o.owner = r.oid`),
  ).toEqual([{ owner: 'owner' }]);
  expect(
    await rowsOf(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and not (relrowsecurity and relforcerowsecurity) order by 1`),
  ).toEqual([{ relname: 'migration' }]);
});

it.each([
  ['device', DEVICES],
  ['patient', PATIENTS],
])('each existing %s has a row of activity', async (owner, count) => {
  expect(
    await rowsOf(`select count(*)::int as count, count(a.${owner}_id)::int as found, bool_and(a.last_reading_at = '-infinity') as silent,
      (select count(*)::int from ${owner}_activity) as rows
      from ${owner} o left join ${owner}_activity a on a.customer_id = o.customer_id and a.${owner}_id = o.id`),
  ).toEqual([{ count, found: count, silent: true, rows: count }]);
});

it('they count as silent until their first reading, and new ones get a row too', async () => {
  const silent = async () =>
    ask(`{ devices(filter: { silentSince: "2100-01-01T00:00:00Z" }) { totalCount }
           patients(filter: { silentSince: "2100-01-01T00:00:00Z" }) { totalCount }
           device(id: 2) { latestReadingAt patient { latestReadingAt } } }`);
  expect(await silent()).toEqual({
    devices: { totalCount: DEVICES / 2 },
    patients: { totalCount: PATIENTS / 2 },
    device: { latestReadingAt: null, patient: { latestReadingAt: null } },
  });

  const takenAt = '2025-03-05T12:00:00.000Z';
  const recorded = await ask<{ recordReadings: object }>(
    `mutation { recordReadings(input: { readings: [{ deviceId: 2, takenAt: "${takenAt}", weight: { value: 180, unit: POUND } }] }) {
       results { outcome reading { attribution patient { databaseId } } } } }`,
  );
  expect(recorded.recordReadings).toEqual({
    results: [{ outcome: 'RECORDED', reading: { attribution: 'ASSOCIATION', patient: { databaseId: '2' } } }],
  });
  await ask('mutation { createPatient(input: { firstName: "A", lastName: "B" }) { patient { id } } }');
  await ask(
    `mutation { registerDevice(input: { customerId: 1, itemId: 1, identifiers: [{ type: SERIAL, value: "N1" }], siteId: ${await clinic()} }) {
       device { id } userErrors { code } } }`,
    operatorKey,
  );
  expect(await silent()).toEqual({
    devices: { totalCount: DEVICES / 2 + 1 },
    patients: { totalCount: PATIENTS / 2 + 1 },
    device: { latestReadingAt: takenAt, patient: { latestReadingAt: takenAt } },
  });
});

async function clinic(): Promise<string> {
  const { createSite } = await ask<{ createSite: { site: { databaseId: string } } }>(
    'mutation { createSite(input: { name: "Clinic" }) { site { databaseId } } }',
  );
  return createSite.site.databaseId;
}

it('the owner makes the default partition that of a month with a missing partition, despite row-level security', async () => {
  await admin.query(`drop table ${FEBRUARY}`);
  const { recordReadings } = await ask<{ recordReadings: { results: { reading: { id: string } }[] } }>(
    `mutation { recordReadings(input: { readings: [{ deviceId: 2, takenAt: "2025-02-05T12:00:00Z", weight: { value: 180, unit: POUND } }] }) {
       results { reading { id } } } }`,
  );
  const { id } = recordReadings.results[0]!.reading;
  const place = `select tableoid::regclass::text as place from reading where taken_at = '2025-02-05T12:00:00Z'`;
  expect(await rowsOf(place)).toEqual([{ place: 'reading_default' }]);

  await app!.stop();
  await start();
  await eventually(async () => (await rowsOf(`select from pg_class where relname = '${FEBRUARY}'`)).length === 1);

  expect(await rowsOf(place)).toEqual([{ place: FEBRUARY }]);
  expect(await ask(`{ node(id: "${id}") { id } }`)).toEqual({ node: { id } });
});

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { loadMigrations } from '../../src/platform/db/migrate';
import { urlOfDatabase } from '../support/test-database';

const MIGRATION = 'LifeCycles1795651740000';

/** Owns the database and is no superuser, so that row-level security binds it: whoever forgets that changes no row. */
const owner = `owner_${randomBytes(6).toString('hex')}`;

const server = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
let admin: Client;
let source: DataSource;

beforeAll(async () => {
  const password = randomBytes(12).toString('hex');
  await server.connect();
  await server.query(`create role ${owner} login password '${password}'`);
  await server.query(`create database ${owner} owner ${owner}`);
  const url = new URL(urlOfDatabase(process.env.TEST_POSTGRES_URL!, owner));
  admin = new Client({ connectionString: url.toString() });
  await admin.connect();
  [url.username, url.password] = [owner, password];
  source = await new DataSource({
    type: 'postgres',
    url: url.toString(),
    migrations: loadMigrations().filter(({ name }) => name.slice(-13) < MIGRATION.slice(-13)),
    installExtensions: false,
  }).initialize();
  await source.runMigrations({ transaction: 'each' });
});
afterAll(async () => {
  await source.destroy();
  await admin.end();
  await server.query(`drop database ${owner}`);
  await server.query(`drop role ${owner}`);
  await server.end();
});

const rowsOf = async (sql: string): Promise<unknown[]> => (await admin.query<object>(sql)).rows;

it('patients, sites and webhooks of before say since when and why they are out of use', async () => {
  await admin.query(`
    insert into customer (name) values ('One'), ('Other');
    insert into patient (customer_id, first_name, last_name, archived, updated_at) values
      (1, 'Ann', 'Active', false, '2026-01-02 03:04:05.678Z'), (2, 'Bob', 'Archived', true, '2026-01-02 03:04:05.678Z');
    insert into site (customer_id, name, active, updated_at) values
      (1, 'Open', true, '2026-02-03 04:05:06.789Z'), (0, 'Closed', false, '2026-02-03 04:05:06.789Z');
    insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
      select 1, 'https://example.com/', '{ORDER_STATUS}', '\\x00', reason is null, case when reason is not null then now() end, reason
      from (values (null), ('Switched off by hand.'), ('The endpoint answered 410 Gone.'),
        ('No delivery has succeeded since 2026-11-01T00:00:00.000Z, for 5 days.')) t (reason)`);

  const [migration] = loadMigrations().filter(({ name }) => name === MIGRATION);
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  await new migration!().up(runner);
  await runner.commitTransaction();
  await runner.release();

  expect(await rowsOf('select first_name, archived_at, version from patient order by id')).toEqual([
    { first_name: 'Ann', archived_at: null, version: 1 },
    { first_name: 'Bob', archived_at: new Date('2026-01-02T03:04:05.678Z'), version: 1 },
  ]);
  expect(await rowsOf('select name, deactivated_at, version from site order by id')).toEqual([
    { name: 'Open', deactivated_at: null, version: 1 },
    { name: 'Closed', deactivated_at: new Date('2026-02-03T04:05:06.789Z'), version: 1 },
  ]);
  expect(await rowsOf('select disabled_reason from webhook order by id')).toEqual(
    [null, 'BY_REQUEST', 'ENDPOINT_GONE', 'ENDPOINT_FAILING'].map((reason) => ({ disabled_reason: reason })),
  );
  expect(
    await rowsOf(
      `select relname from pg_class where relname in ('patient', 'site', 'webhook') and not relforcerowsecurity`,
    ),
  ).toEqual([]);
});

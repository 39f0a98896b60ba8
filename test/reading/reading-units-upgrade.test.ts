import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { loadMigrations } from '../../src/platform/db/migrate';
import { urlOfDatabase } from '../support/test-database';

const NAME = `test_${randomBytes(6).toString('hex')}`;
const UNITS = 'UnitsOfReadings1795651680000';
const url = urlOfDatabase(process.env.TEST_POSTGRES_URL!, NAME);
let server: Client;
let client: Client;

/** Runs the migrations that come before the one of units, or all. */
async function migrate(upTo?: string): Promise<void> {
  const migrations = loadMigrations();
  const count = upTo === undefined ? migrations.length : migrations.findIndex(({ name }) => name === upTo);
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations: migrations.slice(0, count),
    migrationsTableName: 'migration',
    installExtensions: false,
  });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
}

beforeAll(async () => {
  server = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await server.connect();
  await server.query(`create database ${NAME}`);
  await migrate(UNITS);
  client = new Client({ connectionString: url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.query(`drop database ${NAME} with (force)`);
  await server.end();
});

it('readings from before there were units keep their numbers, and two flags become one word', async () => {
  await client.query(`
    insert into customer (name) values ('One');
    insert into patient (customer_id, first_name, last_name) values (1, 'A', 'Person');
    insert into reading (customer_id, id, taken_at, received_at, patient_id, kind, manual, glucose, before_meal, after_meal, weight)
    select 1, new_reading_id(at), at, at, 1, case when weight is null then 2 else 4 end, true, glucose, before, after, weight
    from (values
      -- In a partition of its month, and in the default one.
      (timestamptz '2026-02-01 08:00Z', 104, true, false, null),
      (timestamptz '2026-02-02 08:00Z', 105, false, true, null),
      (timestamptz '2026-02-03 08:00Z', 106, false, false, null),
      (timestamptz '2026-02-04 08:00Z', 107, null, null, null),
      (timestamptz '2019-02-05 08:00Z', 108, null, true, null),
      (timestamptz '2026-02-06 08:00Z', null, null, null, 180.4)
    ) r(at, glucose, before, after, weight)`);

  await migrate();

  const { rows } = await client.query({
    text: `select taken_at, glucose, weight, meal_timing, comparator, sent_unit from reading order by taken_at`,
    rowMode: 'array',
  });
  const at = (day: string) => new Date(`${day}T08:00:00Z`);
  expect(rows).toEqual([
    [at('2019-02-05'), 108, null, 'AFTER_MEAL', null, null],
    [at('2026-02-01'), 104, null, 'BEFORE_MEAL', null, null],
    [at('2026-02-02'), 105, null, 'AFTER_MEAL', null, null],
    [at('2026-02-03'), 106, null, null, null, null],
    [at('2026-02-04'), 107, null, null, null, null],
    [at('2026-02-06'), null, 180.4, null, null, null],
  ]);
  const { rows: dropped } = await client.query(
    `select from pg_attribute where attrelid = 'reading'::regclass and attisdropped`,
  );
  expect(dropped).toEqual([]);
});

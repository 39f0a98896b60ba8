import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const CUSTOMERS = 10;
const DEVICES = 1_000;
const DAYS = 30;
const READINGS_PER_DAY = 4;
const READINGS = DEVICES * DAYS * READINGS_PER_DAY;
const BATCH = 1_000;

/** The first month, which always has a partition. It consists of the heap and four indexes. */
const PARTITION = 'reading_2025_01';

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase('empty');
  client = new Client({ connectionString: database.url });
  await client.connect();
  await fill();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/**
 * Fills a month of readings in the order in which recordReadings would: batches of each customer, in order of time. Foreign keys are
 * not checked; they use no space in the table.
 */
async function fill(): Promise<void> {
  await client.query('set session_replication_role = replica');
  // Each device measures every six hours, with an offset per device and a variation of up to an hour and a half.
  await client.query(`
    create temporary table arriving as
    select *, (row_number() over (partition by customer_id order by taken_at, device) - 1) / ${BATCH} as batch from (
      select 1 + device % ${CUSTOMERS} as customer_id, device, 1 + device / ${CUSTOMERS} % 4 as kind, timestamptz '2025-01-01'
        + (turn * 21600 + device * 7919 % 16200 + (device * 31 + turn * 6007) % 5400) * interval '1 second' as taken_at
      from generate_series(1, ${DEVICES}) device, generate_series(0, ${DAYS * READINGS_PER_DAY - 1}) turn) taken`);
  await client.query('create index on arriving (customer_id, batch)');
  await client.query(`
    prepare store as
    insert into reading (customer_id, id, taken_at, received_at, device_id, patient_id, patient_time_zone_offset, kind, manual,
      systolic, diastolic, heart_rate, glucose, blood_oxygen, weight)
    select customer_id, new_reading_id(taken_at), taken_at, taken_at + interval '3 seconds', device, 500000 + device, -18000, kind,
      false, case kind when 1 then 120 end, case kind when 1 then 80 end, case when kind in (1, 3) then 60 end,
      case kind when 2 then 100 end, case kind when 3 then 97 end, case kind when 4 then 150.5 end
    from (select * from arriving where customer_id = $1 and batch = $2 order by taken_at, 'device ' || device) batch
    on conflict do nothing`);
  const { rows } = await client.query<{ customer: string; batch: string }>(
    'select customer_id as customer, batch from arriving group by 1, 2 order by max(taken_at), 1',
  );
  expect(rows).toHaveLength(READINGS / BATCH);
  for (const { customer, batch } of rows) await client.query(`execute store(${customer}, ${batch})`);
}

/** Bytes per reading, by part. */
async function measure(): Promise<{ heap: number; indexes: number[]; total: number }> {
  const { rows } = await client.query<{ part: string; bytes: number }>(
    `select relname as part, pg_relation_size(oid) / $1::float8 as bytes from pg_class
     where oid = $2::regclass or oid in (select indexrelid from pg_index where indrelid = $2::regclass)`,
    [READINGS, PARTITION],
  );
  const total = await client.query<{ bytes: number }>('select pg_total_relation_size($2) / $1::float8 as bytes', [
    READINGS,
    PARTITION,
  ]);
  return {
    heap: rows.find(({ part }) => part === PARTITION)!.bytes,
    indexes: rows.filter(({ part }) => part !== PARTITION).map(({ bytes }) => bytes),
    total: total.rows[0]!.bytes,
  };
}

it('stores each reading once, in the partition of its month', async () => {
  const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${PARTITION}`);
  expect(rows[0]!.count).toBe(READINGS);
});

it('takes at most 340 bytes per reading: a row and four index entries', async () => {
  const { heap, indexes, total } = await measure();
  expect(heap).toBeGreaterThan(90);
  // A glucose takes eight bytes more than the others, because numbers in mmol/L are not integers in mg/dL.
  expect(heap).toBeLessThan(103);
  expect(indexes).toHaveLength(4);
  for (const bytes of indexes) expect(bytes).toBeLessThan(70);
  expect(total).toBeLessThanOrEqual(340);
});

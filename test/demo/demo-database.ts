import { Client } from 'pg';
import { createTestDatabase } from '../support/test-database';

/** Numbers in the column `kind` of readings, written here once more. */
const KINDS = `(values (1, 'BLOOD_PRESSURE'), (2, 'BLOOD_GLUCOSE'), (3, 'BLOOD_OXYGEN'), (4, 'WEIGHT'), (5, 'HEART_RATE'),
  (6, 'TEMPERATURE'), (7, 'PEAK_FLOW'))`;

/** What the tests ask for more than once. */
const VIEWS = [
  // The Saturday at which the data end: devices change on working days.
  `create temp view data_end as
     select date_trunc('week', max(changed_at)) + interval '5 days' as at from device_status_change`,
  // From one change of a device to its next one.
  `create temp view stay as
     select customer_id, device_id, status, patient_id, site_id, changed_at as started_at,
       lead(changed_at, 1, 'infinity') over (partition by device_id order by device_version) as ended_at
     from device_status_change`,
  `create temp view measured as
     select r.*, k.name as kind_name, d.item_id, e.at - taken_at as age, received_at - taken_at as delay,
       extract(epoch from (taken_at at time zone 'UTC')::time + patient_time_zone_offset * interval '1 second') / 3600 as local_hour
     from reading r join ${KINDS} k (number, name) on k.number = r.kind
       left join device d on d.id = r.device_id, data_end e`,
];

export interface DemoDatabase {
  select: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  /** The only row of the answer. */
  selectOne: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row>;
  close: () => Promise<void>;
}

/** The demo data as they were loaded when the tests began: in any week they are the same, see load-demo-data.test.ts. */
export async function openDemoDatabase(): Promise<DemoDatabase> {
  const database = await createTestDatabase('demo');
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`set time zone 'UTC'`);
  for (const view of VIEWS) await client.query(view);
  const select = async <Row extends object>(sql: string, parameters?: unknown[]) =>
    (await client.query<Row>(sql, parameters)).rows;
  return {
    select,
    async selectOne<Row extends object>(sql: string, parameters?: unknown[]) {
      const rows = await select<Row>(sql, parameters);
      if (rows.length !== 1) throw new Error(`One row was expected, not ${rows.length}.`);
      return rows[0]!;
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

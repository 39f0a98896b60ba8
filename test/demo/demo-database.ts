import { Client } from 'pg';
import { createTestDatabase } from '../support/test-database';

/** Values of the column `kind` of readings. Repeated here on purpose. */
const KINDS = `(values (1, 'BLOOD_PRESSURE'), (2, 'BLOOD_GLUCOSE'), (3, 'BLOOD_OXYGEN'), (4, 'WEIGHT'), (5, 'HEART_RATE'),
  (6, 'TEMPERATURE'), (7, 'PEAK_FLOW'))`;

/** Views that several tests use. */
const VIEWS = [
  // The Saturday on which the data end. The last change is on a working day before.
  `create temp view data_end as
     select date_trunc('week', max(changed_at)) + interval '5 days' as at from device_status_change`,
  // Periods between successive changes of a device.
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
  /** The single row of the result. */
  selectOne: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row>;
  close: () => Promise<void>;
}

/** Opens a copy of the demo data. They are the same in any week of loading, see load-demo-data.test.ts. */
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
      if (rows.length !== 1) throw new Error(`Expected one row, got ${rows.length}.`);
      return rows[0]!;
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

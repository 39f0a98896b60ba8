import { Client } from 'pg';
import { KINDS } from '../../features/kind/reading-kind';
import { buildDemoData } from './demo-data';
import type { DemoData } from './demo-rows';

/** Any number that other programs on the same database do not use: "DGWD" in ASCII. */
const DEMO_LOCK = 0x44475744;

/** Numbered by the database; the others' ids are given here. */
const NUMBERED_TABLES: readonly (keyof DemoData)[] = [
  'customer',
  'item',
  'site',
  'patient',
  'device_order',
  'device',
  'device_association',
  'device_status_change',
  'order_event',
];

/**
 * Fills a migrated database with the demo data, in one transaction. Instances that start at once fill it once.
 *
 * A database with any customer but Impilo is left as it is, at the price of one query.
 *
 * @param url of a user whom row-level security does not bind
 * @returns whether it has been filled
 */
export async function loadDemoData(url: string, now: Date): Promise<boolean> {
  const client = new Client({ connectionString: url, application_name: 'device-gateway demo data' });
  await client.connect();
  try {
    if (await hasCustomers(client)) return false;
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [DEMO_LOCK]);
    // Asked again in a statement that began after the lock was had, and so sees what another instance has committed.
    if (await hasCustomers(client)) return false;
    const { reading, ...data } = buildDemoData(now);
    for (const [table, rows] of Object.entries<readonly object[]>({ ...data })) await insert(client, table, rows);
    // 50,000 take 1.1 s, most of it for keys and indexes: arrays of their columns instead of JSON saved 0.1 s.
    await insert(client, 'reading', reading, { id: 'new_reading_id(taken_at)' });
    for (const owner of ['device', 'patient'] as const) await noteActivity(client, owner);
    for (const table of NUMBERED_TABLES) {
      await client.query(`select setval(pg_get_serial_sequence($1, 'id'), (select max(id) from ${table}))`, [table]);
    }
    await client.query('commit');
    // Without it the first queries are planned for empty tables, until autovacuum comes by.
    await client.query(
      `analyze ${[...Object.keys(data), 'reading', 'device_activity', 'patient_activity'].join(', ')}`,
    );
    return true;
  } finally {
    // Rolls back what was not committed.
    await client.end();
  }
}

async function hasCustomers(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'select exists (select from customer where id <> 0) as found',
  );
  return rows[0]!.found;
}

/**
 * One statement for a table; its own row type tells how each value is read.
 *
 * @param computed columns that the rows do not have, each with the expression of its value
 */
async function insert(
  client: Client,
  table: string,
  rows: readonly object[],
  computed: Readonly<Record<string, string>> = {},
): Promise<void> {
  const given = Object.keys(rows[0]!);
  const columns = [...Object.keys(computed), ...given].join(', ');
  const values = [...Object.values(computed), ...given].join(', ');
  await client.query(
    `insert into ${table} (${columns}) select ${values} from json_populate_recordset(null::${table}, $1::json)`,
    [JSON.stringify(rows)],
  );
}

/** When each had its last reading of each kind; those who had none keep the row that they were created with. */
async function noteActivity(client: Client, owner: 'device' | 'patient'): Promise<void> {
  const columns = KINDS.map(({ activityColumn }) => activityColumn).join(', ');
  const last = KINDS.map(
    ({ number, activityColumn }) => `max(taken_at) filter (where kind = ${number}) as ${activityColumn}`,
  );
  await client.query(
    `update ${owner}_activity a set (${columns}) = row(${KINDS.map(({ activityColumn }) => `r.${activityColumn}`).join(', ')})
     from (select customer_id, ${owner}_id, ${last.join(', ')} from reading group by customer_id, ${owner}_id) r
     where a.customer_id = r.customer_id and a.${owner}_id = r.${owner}_id`,
  );
}

import { Client } from 'pg';
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
    const data = buildDemoData(now);
    for (const [table, rows] of Object.entries<readonly object[]>({ ...data })) await insert(client, table, rows);
    for (const table of NUMBERED_TABLES) {
      await client.query(`select setval(pg_get_serial_sequence($1, 'id'), (select max(id) from ${table}))`, [table]);
    }
    await client.query('commit');
    // Without it the first queries are planned for empty tables, until autovacuum comes by.
    await client.query(`analyze ${Object.keys(data).join(', ')}`);
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

/** One statement for a table; its own row type tells how each value is read. */
async function insert(client: Client, table: string, rows: readonly object[]): Promise<void> {
  const columns = Object.keys(rows[0]!).join(', ');
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1::json)`,
    [JSON.stringify(rows)],
  );
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import { KINDS } from '../../features/kind/reading-kind';
import { connect } from '../../platform/db/connection';
import { copyIn } from './copy-in';

/** Advisory lock, a number that other programs on the same database hardly use: "DGWD" in ASCII. */
const DEMO_LOCK = 0x44475744;

/** One file per table, in an order that satisfies the foreign keys; see data/README.md. */
const FILES = [
  'customer.csv',
  'item.csv',
  'site.csv',
  'patient.csv',
  'device_order.csv',
  'order_item.csv',
  'device.csv',
  'device_identifier.csv',
  'device_association.csv',
  'device_status_change.csv',
  'order_device.csv',
  'order_event.csv',
  'reading.csv.gz',
] as const;
const tableOf = (file: string) => file.split('.')[0]!;

/** Times in the files end on this Saturday, 00:00 UTC. */
const END_OF_WEEK_0_MS = Date.UTC(2000, 0, 1);
const WEEK_MS = 7 * 24 * 3_600_000;

const offsetOf = (zone: string) => `extract(epoch from at at time zone ${zone} - at at time zone 'UTC')`;

/** By table: columns whose value is computed, with the SQL expression. Other columns are stored as in the file. */
const DERIVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  device_order: {
    parcels: `
      (select coalesce(jsonb_agg(jsonb_build_object('carrier', 'UPS', 'trackingNumber', value,
         'trackingUrl', 'https://www.ups.com/track?tracknum=' || value, 'direction', direction)), '[]')
       from (values ('OUTBOUND', outbound_tracking), ('RETURN', return_tracking)) t (direction, value) where value is not null)`,
  },
  reading: {
    id: 'new_reading_id(at)',
    taken_at: 'at',
    received_at: 'received_at',
    device_time_zone_offset: offsetOf('device_zone'),
    patient_time_zone_offset: offsetOf('patient_zone'),
  },
};

/** Moves the wall-clock time first, so that the daylight saving time of the new date applies. Rows are in order of arrival. */
const readingsIn = (file: string, shift: string) => `
  ${file}, lateral (select (taken_at + ${shift}) at time zone 'UTC' at time zone zone as at) taken,
  lateral (select at + delay_ms::integer * interval '1 ms' as received_at) received
  order by received_at, ${file}.ctid`;

/**
 * Fills a migrated database with the demo data in one transaction. Instances that start at the same time fill it once.
 *
 * The data end with the working week before `now`. Each load yields the same data, with times moved by whole weeks. Does nothing
 * if the database has a customer other than Impilo.
 *
 * @param url connection URL of a user that bypasses row-level security
 * @param now by default, the time of the database
 * @returns whether the data were loaded
 */
export async function loadDemoData(url: string, now?: Date): Promise<boolean> {
  const client = await connect(url, { name: 'demo data' });
  try {
    if (await hasCustomers(client)) return false;
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [DEMO_LOCK]);
    // Check again: a statement started under the lock sees what another instance has committed.
    if (await hasCustomers(client)) return false;
    const nowMs = now?.getTime() ?? (await timeOf(client));
    const shift = `interval '${Math.floor((nowMs - END_OF_WEEK_0_MS) / WEEK_MS)} weeks'`;
    for (const file of FILES) await load(client, file, shift);
    for (const owner of ['device', 'patient'] as const) await updateActivity(client, owner);
    await client.query('commit');
    // Otherwise queries are planned for empty tables until autovacuum runs.
    await client.query(`analyze ${FILES.map(tableOf).join(', ')}, device_activity, patient_activity`);
    return true;
  } finally {
    // Rolls back an open transaction.
    await client.end();
  }
}

async function timeOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]!.now.getTime();
}

async function hasCustomers(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'select exists (select from customer where id <> 0) as found',
  );
  return rows[0]!.found;
}

/** Copies a file to a temporary table, then inserts from it. COPY reads 50,000 readings in 0.1 s, a fifth of the time of JSON. */
async function load(client: Client, file: string, shift: string): Promise<void> {
  const table = tableOf(file);
  const content = await readFile(join(__dirname, 'data', file));
  const csv = file.endsWith('.gz') ? gunzipSync(content) : content;
  const header = csv.toString('utf8', 0, csv.indexOf('\n')).split(',');
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [table],
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  await client.query(
    `create temp table file (${header.map((name) => `"${name}" ${types.get(name) ?? 'text'}`).join(', ')})`,
  );
  await copyIn(client, 'copy file from stdin (format csv, header match)', csv);

  const values: Record<string, string> = {};
  for (const name of header) {
    const [column, member] = name.split('.') as [string, string?];
    if (member) values[column] = objectOf(column, header);
    else if (types.has(name)) values[name] = types.get(name)!.startsWith('timestamp') ? `${name} + ${shift}` : name;
  }
  Object.assign(values, DERIVED[table]);
  await client.query(
    `insert into ${table} (${Object.keys(values).join(', ')}) select ${Object.values(values).join(', ')}
     from ${table === 'reading' ? readingsIn('file', shift) : 'file'}`,
  );
  await client.query('drop table file');
  if (header.includes('id')) {
    await client.query(`select setval(pg_get_serial_sequence($1, 'id'), (select max(id) from ${table}))`, [table]);
  }
}

/** SQL for the columns `address.city`, `address.state`, … as one JSON object, or null when all are empty. */
function objectOf(column: string, header: readonly string[]): string {
  const members = header.filter((name) => name.startsWith(`${column}.`));
  const pairs = members.map((name) => `'${name.slice(column.length + 1)}', "${name}"`);
  return `nullif(jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})), '{}')`;
}

/** Sets the time of the newest reading of each kind. Owners without readings keep the row they were created with. */
async function updateActivity(client: Client, owner: 'device' | 'patient'): Promise<void> {
  const columns = KINDS.map(({ activityColumn }) => activityColumn).join(', ');
  const last = KINDS.map(
    ({ number, activityColumn }) =>
      `max(least(taken_at, received_at)) filter (where kind = ${number}) as ${activityColumn}`,
  );
  await client.query(
    `update ${owner}_activity a set (${columns}) = row(${KINDS.map(({ activityColumn }) => `r.${activityColumn}`).join(', ')})
     from (select customer_id, ${owner}_id, ${last.join(', ')} from reading group by customer_id, ${owner}_id) r
     where a.customer_id = r.customer_id and a.${owner}_id = r.${owner}_id`,
  );
}

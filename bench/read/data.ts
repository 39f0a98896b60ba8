import { Client } from 'pg';

/** What requests name: rows of the customer of the demo key. */
export interface Facts {
  customerId: string;
  /** Bounds of the readings, at partitions: what a tuned server knows. */
  readingsFrom: string;
  readingsTo: string;
  deviceIds: string[];
  /** A device with 10,000 before it in the order of the list, or half of all in small data. */
  deepDeviceId: string;
  /** Number of that device in the list. */
  deepPosition: number;
  /** Patients with a blood pressure on most days. */
  patientIds: string[];
  trendFrom: string;
  trendTo: string;
  silentSince: string;
  /** Devices that are at a site, each with a patient for it. */
  pairs: { deviceId: string; patientId: string; siteId: string }[];
}

/** At scale 1. Half of all belongs to customer 1, the rest to nine others. */
const SIZES = { sites: 500, patients: 20_000, devices: 40_000, readings: 1_000_000 };
const OTHER_CUSTOMERS = 9;
const ITEMS = ['BLOOD_PRESSURE', 'BLOOD_GLUCOSE', 'BLOOD_OXYGEN', 'WEIGHT', 'HEART_RATE'];
/** One in so many devices in use sends half of all readings. */
const BUSY = 12;

const FIRST_NAMES =
  'Ada,Ben,Carla,David,Elena,Frank,Grace,Hugo,Irene,James,Karin,Leo,Maria,Nora,Oscar,Paula,Quinn,Rosa,Sam,Tina';
const LAST_NAMES =
  'Adams,Baker,Chen,Diaz,Evans,Fischer,Garcia,Hansen,Ito,Jones,Khan,Lopez,Miller,Nguyen,Olsen,Patel,Quist,Rossi,Smith,Turner,Ueda,Vega,White,Young,Zhang';
const ZONES = 'America/New_York,America/Chicago,America/Phoenix,America/Los_Angeles';
const pick = (list: string, number: string) =>
  `(string_to_array('${list}', ','))[1 + (${number}) % ${list.split(',').length}]`;

/** Customer of row `n` of `2 * half`. */
const customerOf = (n: string, half: number) =>
  `case when ${n} <= ${half} then 1 else 2 + ${n} % ${OTHER_CUSTOMERS} end`;

/** A row of `2 * half` of the same customer as row `n` of `2 * ofHalf`. @param choice any number */
function peerOf(n: string, ofHalf: number, half: number, choice: string): string {
  const others = Math.floor((half - OTHER_CUSTOMERS + 1) / OTHER_CUSTOMERS);
  return `case when ${n} <= ${ofHalf} then 1 + (${choice}) % ${half}
    else ${half} + ${OTHER_CUSTOMERS} * (1 + (${choice}) % ${others})
      + ((${n} - ${half}) % ${OTHER_CUSTOMERS} + ${OTHER_CUSTOMERS}) % ${OTHER_CUSTOMERS} end`;
}

/** Fills a migrated database. The same scale gives the same rows, with times that end now. */
export async function makeData(databaseUrl: string, scale: number): Promise<Facts> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`set synchronous_commit = off; set session_replication_role = replica; set work_mem = '128MB'`);
    for (const statement of statementsOf(scale)) await client.query(statement);
    for (const table of ['customer', 'item', 'site', 'patient', 'device', 'device_association'])
      await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
    // Otherwise autovacuum does it while contenders are measured.
    await client.query('vacuum analyze');
    await client.query('checkpoint');
    return await readFacts(client);
  } finally {
    await client.end();
  }
}

function statementsOf(scale: number): string[] {
  const [sites, patients, devices] = [SIZES.sites, SIZES.patients, SIZES.devices].map((size) =>
    Math.round((size * scale) / 2),
  ) as [number, number, number];
  const inUse = 2 * devices * 0.6;
  const readingsEach = (share: number, of: number) => Math.max(1, Math.round((SIZES.readings * scale * share) / of));
  const busy = readingsEach(0.5, inUse / BUSY);
  const others = readingsEach(0.5, inUse * (1 - 1 / BUSY));
  const customer = customerOf('n', devices);
  return [
    `insert into customer (id, name) select n, 'Customer ' || n from generate_series(1, ${OTHER_CUSTOMERS + 1}) n`,
    ...ITEMS.map(
      (kind, index) =>
        `insert into item (id, name, model, sku, reading_kinds) values (${index + 1}, '${kind}', 'M', 'SKU-${index}', '{${kind}}')`,
    ),
    `insert into site (customer_id, id, name, created_at)
     select ${customerOf('n', sites)}, n, 'Site ' || n, now() - interval '2 years' + n * interval '1 minute'
     from generate_series(1, ${2 * sites}) n`,
    `insert into patient (customer_id, id, external_identifier, first_name, last_name, date_of_birth, time_zone, site_id, created_at, updated_at)
     select ${customerOf('n', patients)}, n, 'MRN-' || lpad(n::text, 8, '0'), ${pick(FIRST_NAMES, 'n * 7')},
       ${pick(LAST_NAMES, 'n * 11 / 3')} || case when n % 4 = 0 then '' else '-' || n % 97 end,
       date '1930-01-01' + n % 25000, ${pick(ZONES, 'n')}, ${peerOf('n', patients, sites, 'n * 13')},
       now() - interval '2 years' + n * interval '1 second', now() - interval '1 year' + n * interval '1 second'
     from generate_series(1, ${2 * patients}) n`,
    `insert into patient_activity (customer_id, patient_id) select customer_id, id from patient`,
    // Of 20 devices, 12 are with patients and 5 at sites.
    `insert into device (customer_id, id, item_id, current_status, site_customer_id, site_id, patient_id, created_at, updated_at, status_changed_at)
     select ${customer}, n, 1 + n % 20 % ${ITEMS.length},
       case when n % 20 < 12 then 'WITH_PATIENT' when n % 20 < 17 then 'AVAILABLE_AT_SITE' when n % 20 = 17 then 'RETURNING'
         when n % 20 = 18 then 'LOST' else 'DECOMMISSIONED' end,
       case when n % 20 <> 17 then ${customer} end,
       case when n % 20 <> 17 then ${peerOf('n', devices, sites, 'n * 17')} end,
       case when n % 20 < 12 then ${peerOf('n', devices, patients, 'n / 20 * 12 + n % 20')} end,
       now() - interval '2 years' + n * interval '1 second', now() - interval '1 year' + n * interval '1.001 second',
       now() - interval '1 year' + n * interval '1 second'
     from generate_series(1, ${2 * devices}) n`,
    `insert into device_identifier (customer_id, device_id, type, value, normalized)
     select customer_id, id, 'SERIAL', 'SN' || id, 'sn' || id from device`,
    `insert into device_association (customer_id, device_id, patient_id, started_at, ended_at, started_by_kind, started_by_label, ended_by_kind, ended_by_label)
     select customer_id, id, patient_id, from_time, to_time, 'API_KEY', 'bench', case when to_time is not null then 'API_KEY' end,
       case when to_time is not null then 'bench' end
     from device, lateral (
       select now() - interval '18 months' as from_time, now() - interval '15 months' as to_time where id % 3 = 0
       union all select now() - interval '14 months' + id * interval '1.003 second', null) times
     where patient_id is not null`,
    `create temp table sender as
     select *, row_number() over (order by id) as n from device where patient_id is not null`,
    ...rounds(busy, `n % ${BUSY} = 0`),
    ...rounds(others, `n % ${BUSY} <> 0`),
    ...['device', 'patient'].map(activity),
  ];
}

/** Readings over the last year, in order of arrival. One in 20 senders has been silent for two months. */
function rounds(count: number, senders: string): string[] {
  return Array.from(
    { length: count },
    (_, round) => `
      insert into reading (customer_id, id, taken_at, received_at, device_id, patient_id, kind, systolic, diastolic, glucose,
        blood_oxygen, weight, heart_rate, device_time_zone_offset, patient_time_zone_offset, manual)
      select customer_id, new_reading_id(at), at, at + interval '2 seconds', id, patient_id, kind,
        case when kind = 1 then 110 + n * 7 % 50 end, case when kind = 1 then 60 + n * 3 % 35 end,
        case when kind = 2 then 4 + n % 60 / 10.0 end, case when kind = 3 then 90 + n % 10 end,
        case when kind = 4 then 60 + n % 400 / 10.0 end, case when kind = 5 then 55 + n % 40 end, -18000, -18000, false
      from (select *, (n % ${ITEMS.length} + 1)::smallint as kind,
          (now() - interval '365 days' * (${count - round} - (n * 7919 + ${round} * 104729) % 1000 / 1000.0) / ${count})::timestamptz(3) as at
        from sender where ${senders}) s
      where n % 20 <> 7 or at < now() - interval '2 months'`,
  );
}

const ACTIVITIES = ITEMS.map((kind) => `${kind.toLowerCase()}_at`);

function activity(owner: string): string {
  const newest = ACTIVITIES.map((column, index) => `max(taken_at) filter (where kind = ${index + 1}) as ${column}`);
  const key = `customer_id, ${owner}_id`;
  const set = `set ${ACTIVITIES.map((column) => `${column} = excluded.${column}`).join(', ')}`;
  const others =
    owner === 'device'
      ? 'union all select customer_id, id, null, null, null, null, null from device where patient_id is null'
      : '';
  return `insert into ${owner}_activity (${key}, ${ACTIVITIES.join(', ')})
    select ${key}, ${newest.join(', ')} from reading group by ${key} ${others} on conflict (${key}) do update ${set}`;
}

async function readFacts(client: Client): Promise<Facts> {
  const { rows } = await client.query<{ facts: Facts }>(`
    with d as (select id, row_number() over (order by id) as n, count(*) over () as total from device where customer_id = 1)
    select json_build_object(
      'customerId', '1',
      'readingsFrom', '2025-01-01T00:00:00.000Z',
      'readingsTo', to_char(date_trunc('month', now() + interval '2 months'), 'YYYY-MM-DD"T00:00:00.000Z"'),
      'deviceIds', (select json_agg(id::text) from (select id from device where customer_id = 1 and current_status = 'WITH_PATIENT' order by id * 7919 % 10007 limit 100) x),
      'deepDeviceId', (select id::text from d where n = least(10000, total / 2)),
      'deepPosition', (select least(10000, total / 2) from d limit 1),
      'patientIds', (select json_agg(id::text) from (select patient_id as id from sender where customer_id = 1 and n % ${BUSY} = 0 and n % ${ITEMS.length} = 0 and n % 20 <> 7 order by n limit 100) x),
      'trendFrom', to_char(date_trunc('day', now() - interval '30 days'), 'YYYY-MM-DD"T00:00:00.000Z"'),
      'trendTo', to_char(date_trunc('day', now() + interval '1 day'), 'YYYY-MM-DD"T00:00:00.000Z"'),
      'silentSince', to_char(date_trunc('day', now() - interval '45 days'), 'YYYY-MM-DD"T00:00:00.000Z"'),
      'pairs', (select json_agg(json_build_object('deviceId', id::text, 'patientId', (id % 1000 + 1)::text, 'siteId', site_id::text))
        from (select * from device where customer_id = 1 and current_status = 'AVAILABLE_AT_SITE' order by id limit 200) x)
    ) as facts`);
  return rows[0]!.facts;
}

import { Client } from 'pg';
import { KINDS } from '../../src/features/kind/reading-kind';
import { timeZoneOfPatient } from '../../src/features/patient/patient-time-zone';
import { ZoneOffsets } from '../../src/features/reading/zone-offsets';
import { loadDemoData } from '../../src/programs/demo/load-demo-data';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** All loaded tables except `reading`: columns with times, and whether ids come from a sequence. */
const TABLES = {
  customer: { times: ['created_at', 'updated_at'], numbered: true },
  item: { times: ['updated_at'], numbered: true },
  site: { times: ['created_at', 'updated_at', 'deactivated_at'], numbered: true },
  patient: { times: ['created_at', 'updated_at', 'archived_at'], numbered: true },
  device_order: { times: ['created_at', 'updated_at'], numbered: true },
  order_item: { times: [], numbered: false },
  device: { times: ['created_at', 'updated_at', 'status_changed_at'], numbered: true },
  device_identifier: { times: [], numbered: false },
  device_association: { times: ['started_at', 'ended_at'], numbered: true },
  device_status_change: { times: ['changed_at'], numbered: true },
  order_device: { times: [], numbered: false },
  order_event: { times: ['at'], numbered: true },
};

interface Load {
  now: Date;
  /** The Saturday on which the data end. */
  end: Date;
  database: TestDatabase;
  client: Client;
  select: <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
}

/** A Sunday after the clock change in fall, and the exact end of a working week in summer. */
const DATES = [
  ['2026-11-22T11:54:00.000Z', '2026-11-21T00:00:00.000Z'],
  ['2027-09-25T00:00:00.000Z', '2027-09-25T00:00:00.000Z'],
] as const;

async function open([now, end]: (typeof DATES)[number]): Promise<Load> {
  const database = await createTestDatabase('empty');
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`set time zone 'UTC'`);
  const select = async <Row extends object>(sql: string, parameters?: unknown[]) =>
    (await client.query<Row>(sql, parameters)).rows;
  return { now: new Date(now), end: new Date(end), database, client, select };
}

let loads: Load[];
let first: Load;
/** Results of loads; the first two run concurrently on one database. */
let loaded: boolean[];

beforeAll(async () => {
  loads = await Promise.all(DATES.map(open));
  first = loads[0]!;
  loaded = await Promise.all([first, ...loads].map(({ database, now }) => loadDemoData(database.url, now)));
});
afterAll(async () => {
  for (const { client, database } of loads) {
    await client.end();
    await database.drop();
  }
});

const count = async (sql: string) => (await first.select<{ count: number }>(sql))[0]!.count;
const countRows = (table: string) => count(`select count(*)::int as count from ${table}`);

describe('loading the demo data', () => {
  test('fills the database once, also when two instances start at the same time', async () => {
    expect(loaded.slice(0, 2).sort()).toEqual([false, true]);
    expect(loaded.slice(2)).toEqual([true]);
    const counts = async () => {
      const rows: [string, number][] = [];
      for (const table of [...Object.keys(TABLES), 'reading']) rows.push([table, await countRows(table)]);
      return Object.fromEntries(rows);
    };
    const found = await counts();
    expect(found).toMatchObject({ customer: 3, device: 2010, reading: 48_778 }); // one of them is Impilo

    expect(await loadDemoData(first.database.url, new Date('2027-05-05T05:05:05Z'))).toBe(false);
    expect(await counts()).toEqual(found);
  });

  test('reads every type of cell: texts, times, objects, lists and nulls', async () => {
    const [device] = await first.select(`select * from device where id = 1`);
    expect(device).toEqual({
      customer_id: '1',
      id: '1',
      item_id: '1',
      current_status: 'AVAILABLE_AT_SITE',
      status_changed_at: new Date('2026-03-15T19:12:00.000Z'),
      site_customer_id: '1',
      site_id: '3',
      patient_id: null,
      order_id: null,
      return_order_id: null,
      placement: 'SITE',
      version: 5,
      created_at: new Date('2025-09-22T13:12:00.000Z'),
      updated_at: new Date('2026-03-15T19:12:00.000Z'),
    });
    const [patient] = await first.select(`select first_name, date_of_birth::text, address from patient where id = 1`);
    expect(patient).toEqual({
      first_name: 'Ruth',
      date_of_birth: '1961-12-04',
      address: { lineOne: '1477 Main Street', city: 'Indianapolis', state: 'IN', zipCode: '46202', country: 'US' },
    });
    expect(await count(`select count(*)::int from patient where address is null`)).toBe(6);
    expect(await count(`select count(*)::int from patient where address ->> 'zipCode' = ' 85004 '`)).toBe(1);
    expect(await first.select(`select reading_kinds from item where id = 4`)).toEqual([
      { reading_kinds: ['BLOOD_OXYGEN', 'HEART_RATE'] },
    ]);
    const parcel = (trackingNumber: string, direction: string) => ({
      carrier: 'UPS',
      trackingNumber,
      trackingUrl: expect.stringMatching(/^https:\/\/www\.ups\.com\/track\?tracknum=1[RZ]\d{16}$/) as string,
      direction,
    });
    const orders = await first.select(`
      (select parcels, ship_to ->> 'city' as city from device_order where id = 1)
      union all (select parcels, null from device_order where kind = 'REPLACEMENT' order by id limit 1)
      union all (select parcels, null from device_order where current_status = 'CREATED' limit 1)`);
    expect(orders).toEqual([
      { parcels: [parcel('1Z0000000007919003', 'OUTBOUND')], city: 'Indianapolis' },
      {
        parcels: [
          parcel(expect.stringMatching(/^1Z\d{16}$/) as string, 'OUTBOUND'),
          parcel(expect.stringMatching(/^1R\d{16}$/) as string, 'RETURN'),
        ],
        city: null,
      },
      { parcels: [], city: null },
    ]);
  });

  test('sets the sequences of ids', async () => {
    const tables = Object.entries(TABLES).flatMap(([table, { numbered }]) => (numbered ? [table] : []));
    for (const table of tables) {
      const [next] = await first.select(
        `select nextval(pg_get_serial_sequence($1, 'id')) - (select max(id) from ${table}) as distance`,
        [table],
      );
      expect([table, next]).toEqual([table, { distance: '1' }]);
    }
  });

  test('creates no events', async () => {
    expect(await countRows('event')).toBe(0);
  });

  test('updates the statistics of the planner', async () => {
    for (const table of [...Object.keys(TABLES), 'reading', 'device_activity', 'patient_activity']) {
      const [found] = await first.select(`select reltuples from pg_class where oid = $1::regclass`, [table]);
      expect([table, found]).toEqual([table, { reltuples: await countRows(table) }]);
    }
  });

  test.each(['device', 'patient'])('sets the times of the newest readings of each %s', async (owner) => {
    const columns = KINDS.map(({ activityColumn }) => activityColumn);
    const newest = KINDS.map(
      ({ number, activityColumn }) => `max(case kind when ${number} then taken_at end) as ${activityColumn}`,
    );
    const wrong = columns.map((column) => `a.${column} is distinct from r.${column}`).join(' or ');
    const [found] = await first.select<Record<string, number>>(`
      select count(*)::int as activities, (select count(*)::int from ${owner}) as owners,
        count(*) filter (where ${wrong}
          or a.last_reading_at is distinct from coalesce(r.last_reading_at, '-infinity'))::int as wrong,
        count(*) filter (where a.last_reading_at = '-infinity')::int as silent,
        (select count(*)::int from ${owner} o
          where not exists (select from reading r where r.${owner}_id = o.id)) as without_reading
      from ${owner}_activity a left join (
        select customer_id, ${owner}_id, max(taken_at) as last_reading_at, ${newest.join(', ')}
        from reading group by customer_id, ${owner}_id
      ) r on r.customer_id = a.customer_id and r.${owner}_id = a.${owner}_id`);
    const { activities, owners, silent, without_reading: withoutReading } = found!;
    expect(found).toMatchObject({ wrong: 0 });
    expect(activities).toBe(owners);
    expect(silent).toBe(withoutReading);
    expect(silent).toBeGreaterThan(0);
    expect(silent).toBeLessThan(owners!);
  });

  test('gives readings ids in the order of arrival that contain the second of taken_at, and sets their sequence', async () => {
    const [found] = await first.select<object>(`
      select count(*) filter (where (id >> 30) + 946684800 <> floor(extract(epoch from taken_at)))::int as other_second,
        count(*) filter (where received_at < former)::int as disordered, count(*) = count(distinct id) as different,
        nextval('reading_number') > max(id & ((1 << 30) - 1)) as free
      from (select *, lag(received_at) over (order by id & ((1 << 30) - 1)) as former from reading) r`);
    expect(found).toEqual({ other_second: 0, disordered: 0, different: true, free: true });
  });
});

describe('the demo data on any day of loading', () => {
  test('are the same, with times moved by whole weeks', async () => {
    const digests: Record<string, string>[] = [];
    for (const { select, end } of loads) {
      const ofTables: Record<string, string> = {};
      for (const [table, { times }] of Object.entries(TABLES)) {
        const rest = times.map((name) => `- '${name}'`).join(' ');
        const sinceEnd = times.map((name) => `, ${name} - $1`).join('');
        const [found] = await select<{ digest: string }>(
          `select md5(string_agg(concat_ws(',', to_jsonb(t) ${rest}${sinceEnd}), ';' order by t)) as digest, $1::timestamptz
           from ${table} t ${table === 'customer' ? 'where id <> 0' : ''}`,
          [end],
        );
        ofTables[table] = found!.digest;
      }
      digests.push(ofTables);
    }
    expect(Object.values(digests[0]!).filter(Boolean)).toHaveLength(12);
    expect(digests[1]).toEqual(digests[0]);
  });

  test('have the same readings in local time, so that daylight saving time moves them by an hour', async () => {
    const digests = await Promise.all(
      loads.map(({ select, end }) =>
        select<object>(
          `select md5(string_agg(concat_ws(',', customer_id, device_id, patient_id, kind, manual, received_at - taken_at,
               taken_at at time zone 'UTC' + patient_time_zone_offset * interval '1 second' - $1::timestamp,
               device_time_zone_offset is null, weight, temperature, peak_expiratory_flow, forced_expiratory_volume_in_one_second,
               systolic, diastolic, heart_rate, glucose, blood_oxygen, meal_timing),
             ';' order by customer_id, device_id, patient_id, kind, taken_at)) as digest from reading`,
          [end.toISOString().slice(0, -1)],
        ),
      ),
    );
    expect(digests[1]).toEqual(digests[0]);
    const hours = await Promise.all(
      loads.map(({ select }) =>
        select(
          `select patient_time_zone_offset / 3600 as offset from reading where patient_id = 1 group by 1 order by 1`,
        ),
      ),
    );
    expect(hours).toEqual([[{ offset: -5 }, { offset: -4 }], [{ offset: -4 }]]);
  });

  test('have readings with the UTC offset of the patient as computed by the gateway, or null when the zone is unknown', async () => {
    const offsets = new ZoneOffsets();
    for (const { select } of loads) {
      // Clocks change at most once in 90 days.
      const rows = await select<{
        override: string | null;
        address: object | null;
        ends: Date[];
        offset: number | null;
      }>(
        `select p.time_zone as override, p.address, array[min(taken_at), max(taken_at)] as ends, patient_time_zone_offset as offset
         from reading r left join patient p on p.id = r.patient_id group by p.id, p.time_zone, p.address, patient_time_zone_offset`,
      );
      expect(rows.length).toBeGreaterThan(300);
      const wrong = rows.filter(({ override, address, ends, offset }) => {
        const zone = timeZoneOfPatient({ timeZoneOverride: override, address });
        return ends.some((at) => offset !== (zone === null ? null : offsets.at(zone, at.getTime())));
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    }
  });

  test('are in the fourteen months up to the end of the last working week, and not in the future', async () => {
    for (const { select, now, end } of loads) {
      expect(end <= now).toBe(true);
      const [found] = await select(
        `select (select max(changed_at) between $1::timestamptz - interval '5 days' and $1 from device_status_change) as latest,
           (select min(changed_at) between $1::timestamptz - interval '426 days' and $1::timestamptz - interval '420 days'
            from device_status_change) as earliest,
           (select max(received_at) between $1::timestamptz - interval '1 hour' and $1 from reading) as received,
           (select count(*)::int from (
              select created_at, updated_at from patient union all select created_at, updated_at from device
              union all select created_at, updated_at from device_order union all select created_at, updated_at from site) t
            where created_at > updated_at or updated_at > $1) as wrong`,
        [end],
      );
      expect(found).toEqual({ latest: true, earliest: true, received: true, wrong: 0 });
    }
  });
});

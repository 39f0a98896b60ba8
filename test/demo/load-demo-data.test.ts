import { Client } from 'pg';
import { buildDemoData } from '../../src/programs/demo/demo-data';
import type { DemoData } from '../../src/programs/demo/demo-rows';
import { loadDemoData } from '../../src/programs/demo/load-demo-data';
import { KINDS } from '../../src/features/kind/reading-kind';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const NOW = new Date('2026-11-22T11:54:00.000Z');

let data: DemoData;
let database: TestDatabase;
let client: Client;
/** What two instances answered that began at once. */
let loaded: boolean[];

beforeAll(async () => {
  data = buildDemoData(NOW);
  database = await createTestDatabase('empty');
  client = new Client({ connectionString: database.url });
  await client.connect();
  loaded = await Promise.all([loadDemoData(database.url, NOW), loadDemoData(database.url, NOW)]);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const select = async <Row extends object>(sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows;
const count = async (sql: string): Promise<number> => (await select<{ count: number }>(sql))[0]!.count;
const countRows = (table: string) => count(`select count(*)::int as count from ${table}`);

describe('loading the demo data', () => {
  test('fills the database once, also when two instances start at once', async () => {
    expect(loaded.sort()).toEqual([false, true]);
    const counts = Object.entries<readonly object[]>({ ...data }).map(([table, rows]): [string, number] => {
      const impilo = table === 'customer' ? 1 : 0; // made by the migration
      return [table, rows.length + impilo];
    });
    const found = async () => Promise.all(counts.map(async ([table]) => [table, await countRows(table)]));
    expect(await found()).toEqual(counts);

    expect(await loadDemoData(database.url, new Date('2027-05-05T05:05:05Z'))).toBe(false);
    expect(await found()).toEqual(counts);
  });

  test('stores what was built', async () => {
    const device = await client.query<{ row: string }>(`select to_json(d) #>> '{}' as row from device d where id = 1`);
    const { created_at, status_changed_at, updated_at, ...rest } = data.device[0]!;
    const stored = JSON.parse(device.rows[0]!.row) as Record<string, string>;
    expect(stored).toMatchObject(rest);
    expect([stored.created_at, stored.status_changed_at, stored.updated_at].map((text) => new Date(text!))).toEqual([
      created_at,
      status_changed_at,
      updated_at,
    ]);
    const patients = await client.query<{ id: string; zip_code: string | null; address: object | null }>(
      `select id, zip_code, address from patient order by id`,
    );
    expect(patients.rows).toEqual(
      data.patient.map((row) => ({
        id: String(row.id),
        zip_code: row.address?.zipCode?.trim().slice(0, 5) ?? null,
        address: row.address,
      })),
    );
    const items = await client.query<{ reading_kinds: string[] }>(`select reading_kinds from item order by id`);
    expect(items.rows.map((row) => row.reading_kinds)).toEqual(data.item.map((row) => row.reading_kinds));
  });

  test('numbers the events of the history in its order', async () => {
    const { rows } = await client.query<{ disordered: number }>(
      `select count(*)::int as disordered
       from (select event_id <= lag(event_id) over (order by id) as late from device_status_change) c where late`,
    );
    expect(rows[0]!.disordered).toBe(0);
  });

  test('leaves the next ids free', async () => {
    for (const table of [
      'site',
      'patient',
      'device',
      'device_order',
      'device_association',
      'device_status_change',
      'item',
      'customer',
    ]) {
      const { rows } = await client.query<{ free: boolean }>(
        `select nextval(pg_get_serial_sequence($1, 'id')) > (select max(id) from ${table}) as free`,
        [table],
      );
      expect([table, rows[0]!.free]).toEqual([table, true]);
    }
  });

  test('tells the planner how much there is', async () => {
    const { rows } = await client.query<{ reltuples: number }>(
      `select reltuples from pg_class where relname = 'device'`,
    );
    expect(rows[0]!.reltuples).toBe(await countRows('device'));
  });
});

describe('the readings of the demo data in the database', () => {
  test('are those that were built, in the order of their arrival', async () => {
    const { reading } = data;
    const columns = Object.keys(reading[0]!).map((name) => (name.endsWith('_id') ? `${name}::int` : name));
    const stored = await select(`select ${columns.join(', ')} from reading order by id & ((1 << 30) - 1)`);
    const toText = (row: object) => JSON.stringify(row);
    const built = reading.map(toText);
    const differing = stored
      .map(toText)
      .flatMap((text, index) => (text === built[index] ? [] : [[text, built[index]]]));
    expect([stored.length, differing.slice(0, 3)]).toEqual([reading.length, []]);
  });

  test('have ids that carry the second of taken_at, and leave the next ones free', async () => {
    expect(
      await count(`select count(*)::int from reading
        where (id >> 30) + 946684800 <> floor(extract(epoch from taken_at))`),
    ).toBe(0);
    const [numbers] = await select<{ free: boolean; different: boolean }>(
      `select nextval('reading_number') > max(id & ((1 << 30) - 1)) as free, count(*) = count(distinct id) as different
       from reading`,
    );
    expect(numbers).toEqual({ free: true, different: true });
  });

  test('belong to whoever held the device at taken_at, and to nobody outside of every association', async () => {
    const [found] = await select<object>(`
      select count(*) filter (where r.patient_id is distinct from a.patient_id)::int as wrong,
        count(*) filter (where a.patient_id is null)::int > 50 as some_of_nobody
      from reading r left join device_association a on a.customer_id = r.customer_id and a.device_id = r.device_id
        and a.started_at <= r.taken_at and (a.ended_at is null or r.taken_at < a.ended_at)
      where r.device_id is not null`);
    expect(found).toEqual({ wrong: 0, some_of_nobody: true });
    expect(await count(`select count(*)::int from reading where device_id is null and not manual`)).toBe(0);
  });

  test('were neither taken nor received while the device was decommissioned', async () => {
    const periods = `select device_id, status, changed_at as started_at,
      lead(changed_at, 1, 'infinity') over (partition by device_id order by device_version) as ended_at
      from device_status_change`;
    expect(
      await count(`select count(*)::int from reading r join (${periods}) p on p.device_id = r.device_id
        where p.status = 'DECOMMISSIONED' and (
          (p.started_at <= r.taken_at and r.taken_at < p.ended_at)
          or (p.started_at <= r.received_at and r.received_at < p.ended_at))`),
    ).toBe(0);
    expect(
      await count(`select count(distinct r.device_id)::int from reading r join (${periods}) p on p.device_id = r.device_id
        where p.status = 'DECOMMISSIONED' and r.taken_at < p.started_at`),
    ).toBeGreaterThan(10);
  });

  test.each(['device', 'patient'])('are what the activity of each %s tells', async (owner) => {
    const columns = KINDS.map(({ activityColumn }) => activityColumn);
    const newest = KINDS.map(
      ({ number, activityColumn }) => `max(case kind when ${number} then taken_at end) as ${activityColumn}`,
    );
    const wrong = columns.map((column) => `a.${column} is distinct from r.${column}`).join(' or ');
    const [found] = await select<object>(`
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
    const { activities, owners, silent, without_reading: withoutReading } = found as Record<string, number>;
    expect(found).toMatchObject({ wrong: 0 });
    expect(activities).toBe(owners);
    expect(silent).toBe(withoutReading);
    expect(silent).toBeGreaterThan(0);
    expect(silent).toBeLessThan(owners!);
  });

  test('leave no event behind: nobody is told what was there from the beginning', async () => {
    expect(await count(`select count(*)::int from event`)).toBe(0);
  });

  test('tell the planner how many there are', async () => {
    const rows = await select<{ name: string; estimate: number }>(
      `select relname as name, reltuples as estimate from pg_class
       where relname in ('reading', 'device_activity', 'patient_activity') order by relname`,
    );
    const expected = [];
    for (const name of ['device_activity', 'patient_activity', 'reading']) {
      expected.push({ name, estimate: await count(`select count(*)::int from ${name}`) });
    }
    expect(rows).toEqual(expected);
  });
});

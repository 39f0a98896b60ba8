import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../src/db/migrate';
import { buildDemoData } from '../../src/demo/demo-data';
import { loadDemoData } from '../../src/demo/load-demo-data';

const NOW = new Date('2026-11-22T11:54:00.000Z');

describe('loading the demo data', () => {
  const name = `demo_${randomBytes(6).toString('hex')}`;
  const serverUrl = process.env.TEST_POSTGRES_URL!;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const server = new Client({ connectionString: serverUrl });
  const client = new Client({ connectionString: url.href });

  beforeAll(async () => {
    await server.connect();
    await server.query(`create database ${name}`);
    await migrate({ url: url.href, servingUser: 'postgres' });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await server.query(`drop database ${name} with (force)`);
    await server.end();
  });

  const count = async (table: string): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]!.count;
  };

  test('fills the database once, also when two instances start at once', async () => {
    const loaded = await Promise.all([loadDemoData(url.href, NOW), loadDemoData(url.href, NOW)]);
    expect(loaded.sort()).toEqual([false, true]);
    const data = buildDemoData(NOW);
    for (const [table, rows] of Object.entries<readonly object[]>({ ...data })) {
      const impilo = table === 'customer' ? 1 : 0; // made by the migration
      expect([table, await count(table)]).toEqual([table, rows.length + impilo]);
    }

    expect(await loadDemoData(url.href, new Date('2027-05-05T05:05:05Z'))).toBe(false);
    expect(await count('device_status_change')).toBe(data.device_status_change.length);
  });

  test('stores what was built', async () => {
    const data = buildDemoData(NOW);
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
    expect(rows[0]!.reltuples).toBe(await count('device'));
  });
});

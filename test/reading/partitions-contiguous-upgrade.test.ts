import { UpgradeDatabase } from '../support/upgrade-database';
import { monthsUntil, partitionOf } from './partitions.harness';

const MIGRATION = 'ContiguousReadingPartitions1795653120000';
const BEFORE = 'reading_before_2025_01';

let database: UpgradeDatabase;
let now: Date;
beforeEach(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
  await database.admin.query(`
    insert into customer (name) values ('One'), ('Two');
    insert into item (name, reading_kinds) values ('Scale', '{WEIGHT}');
    insert into device (customer_id, item_id, current_status) values (1, 1, 'LOST'), (2, 1, 'LOST');
    set timezone = 'UTC'`);
  [{ now }] = (await database.rows('select now()')) as [{ now: Date }];
});
afterEach(() => database.drop());

/** One reading of each customer at each time. */
async function record(...times: (string | Date)[]): Promise<void> {
  for (const time of times) {
    const takenAt = new Date(time).toISOString();
    await database.admin.query(
      `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
       select customer_id, new_reading_id($1), $1, $1, id, 4, 90, false from device`,
      [takenAt],
    );
  }
}

/** Partition of each reading of the first customer, in the order of their times. */
const places = () =>
  database.rows(`select tableoid::regclass::text as place from reading where customer_id = 1 order by taken_at`);
const inPlaces = (...names: string[]) => names.map((place) => ({ place }));
const content = (table: string) => database.rows(`select ctid, xmin, * from ${table} order by customer_id, id`);

const OLD = ['2001-05-05T05:05:05.005Z', '2024-12-31T23:59:59.999Z'];
const FIRST = '2025-01-01T00:00:00.000Z';

describe('readings from before 2025', () => {
  it('stay in their table, which becomes the first partition', async () => {
    await record(...OLD, FIRST, now);
    const rows = await content('reading_default');
    expect(rows).toHaveLength(4);
    const [file] = await database.rows(`select pg_relation_filenode('reading_default')`);

    await database.run(MIGRATION);

    expect(await content(BEFORE)).toEqual(rows);
    expect(await database.rows(`select pg_relation_filenode('${BEFORE}')`)).toEqual([file]);
    expect(await content('reading_default')).toEqual([]);
    expect(await places()).toEqual(inPlaces(BEFORE, BEFORE, 'reading_2025_01', partitionOf(now)));
  });

  it('keep their keys, foreign keys, checks, indexes and policies', async () => {
    await record(OLD[0]!);
    await database.run(MIGRATION);

    const { admin } = database;
    const insert = (values: string) =>
      admin.query(`insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
      values ${values}`);
    await expect(record(OLD[0]!)).rejects.toThrow(`"${BEFORE}_of_device_and_source"`);
    await expect(insert(`(1, 1, '2003-01-01', now(), 3, 4, 90, false)`)).rejects.toThrow('"reading_device"');
    await expect(insert(`(1, 1, '2003-01-01', now(), 1, 4, null, false)`)).rejects.toThrow('"reading_quantities"');
    await expect(admin.query('delete from device where id = 1')).rejects.toThrow('"reading_device"');
    const structure = (table: string) =>
      database.rows(`select relrowsecurity, relforcerowsecurity,
        (select json_agg(pg_get_constraintdef(k.oid) order by pg_get_constraintdef(k.oid)) from pg_constraint k where conrelid = c.oid) as constraints,
        (select json_agg(format('%s of %s', substring(pg_get_indexdef(x.indexrelid) from 'USING.*'), i.inhparent::regclass) order by indkey)
         from pg_index x left join pg_inherits i on i.inhrelid = x.indexrelid where indrelid = c.oid) as indexes,
        (select json_agg(polname) from pg_policy where polrelid = c.oid and c.relname <> 'reading_default') as policies
        from pg_class c where relname = '${table}'`);
    expect(await structure(BEFORE)).toEqual(await structure('reading_2025_01'));
    expect(await structure('reading_default')).toEqual(await structure('reading_2025_01'));
    expect(
      await database.rows(
        `select relname from pg_class c join pg_index x on x.indexrelid = c.oid where indrelid = '${BEFORE}'::regclass and relname !~ '^${BEFORE}'`,
      ),
    ).toEqual([]);
  });

  it('are read by lists of the newest only when the page is not full: the partitions are in order', async () => {
    await record(...OLD);
    await database.run(MIGRATION);
    const plan = await database.rows(
      `explain (costs off) select * from reading where customer_id = 1 and device_id = 1 and taken_at < '${now.toISOString()}'
       order by taken_at desc limit (select 1)`,
    );
    const lines = JSON.stringify(plan);
    expect(lines).toContain('Append');
    expect(lines).not.toMatch(/Merge Append|Sort|reading_default/);
  });
});

it('without such readings, the first partition is empty, and so is the default one', async () => {
  await record(now);
  await database.run(MIGRATION);
  expect(await content(BEFORE)).toEqual([]);
  await record(OLD[1]!);
  expect(await places()).toEqual(inPlaces(BEFORE, partitionOf(now)));
});

it('when months could not be created for long, their readings move to them', async () => {
  const months = monthsUntil(now, 2);
  const missing = months.slice(-4);
  for (const month of missing) await database.admin.query(`drop table ${partitionOf(month)}`);
  await record(...OLD, FIRST, ...missing);
  const rows = await content(`reading where taken_at < '${FIRST}'`);
  const all = await database.rows('select * from reading order by id');

  await database.run(MIGRATION);

  expect(await places()).toEqual(inPlaces(BEFORE, BEFORE, 'reading_2025_01', ...missing.map(partitionOf)));
  expect(await content(BEFORE)).toEqual(rows);
  expect(await content('reading_default')).toEqual([]);
  expect(await database.rows('select * from reading order by id')).toEqual(all);
});

it('readings of the far future get one partition with all months up to them', async () => {
  await record('2099-05-05T00:00:00Z');
  await database.run(MIGRATION);
  const [, , after] = [...monthsUntil(now, 2), new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 3))].slice(
    -3,
  );
  expect(await places()).toEqual(inPlaces(`${partitionOf(after!)}_to_2099_05`));
  await record(OLD[0]!, now);
  expect(await places()).toEqual(inPlaces(BEFORE, partitionOf(now), `${partitionOf(after!)}_to_2099_05`));
});

it('an instance of the previous release uses the new way, and the migration waits for it for a second only', async () => {
  await record(...OLD, now);
  await database.admin.query('begin; select ensure_reading_partitions()');
  await expect(database.run(MIGRATION, { lockTimeoutMs: 1_000 })).rejects.toMatchObject({
    driverError: { code: '55P03' },
  });
  await database.admin.query('commit');
  // Its next round.
  const next = partitionOf(monthsUntil(now, 2).at(-1)!);
  await database.run(MIGRATION, { lockTimeoutMs: 1_000 });
  await database.admin.query(`drop table ${next}`);
  await database.admin.query('begin; set local role gateway_worker');
  await database.admin.query(`select set_config('lock_timeout', '500', true)`);
  expect((await database.admin.query('select ensure_reading_partitions() as created')).rows).toEqual([{ created: 1 }]);
  await database.admin.query('commit');
  expect(await database.rows(`select from pg_class where relname = '${next}'`)).toHaveLength(1);
});

it('that is interrupted continues with the next start', async () => {
  await record(...OLD);
  await database.admin.query('begin; lock table device in access share mode');
  await expect(database.run(MIGRATION, { lockTimeoutMs: 1_000 })).rejects.toMatchObject({
    driverError: { code: '55P03' },
  });
  expect(await places()).toEqual(inPlaces('reading_default', 'reading_default'));
  await record(now, '2002-02-02T00:00:00Z');
  await database.admin.query('commit');
  await database.run(MIGRATION, { lockTimeoutMs: 1_000 });
  expect(await places()).toEqual(inPlaces(BEFORE, BEFORE, BEFORE, partitionOf(now)));
});

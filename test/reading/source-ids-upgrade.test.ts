import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'SourceIds1795652310000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

/** As a release before the migration records readings. */
function record(takenAt: string, weight: number, column = '', value = ''): Promise<object[]> {
  return database.rows(`
    insert into reading (customer_id, id, taken_at, received_at, patient_id, kind, manual, weight ${column})
    values (1, new_reading_id('${takenAt}'), '${takenAt}', '${takenAt}', 1, 4, true, ${weight} ${value})
    on conflict do nothing returning weight`);
}

it('readings keep their identity, and an interrupted migration is continued', async () => {
  await database.admin.query(`
    insert into customer (name) values ('One');
    insert into patient (customer_id, first_name, last_name) values (1, 'A', 'Person')`);
  const times = ['2019-02-05T08:00:00Z', '2026-02-01T08:00:00Z', '2026-02-01T09:00:00Z'];
  for (const time of times) await record(time, 150);
  // Another transaction uses a month, so that the migration stops half-way.
  await database.admin.query('begin');
  await database.admin.query('lock table reading_2026_02 in access exclusive mode');
  await expect(database.run(MIGRATION, { lockTimeoutMs: 200 })).rejects.toThrow('lock timeout');
  await database.admin.query('rollback');

  await database.run(MIGRATION);

  for (const time of times) {
    expect(await record(time, 151)).toEqual([]);
    expect(await record(time, 152, ', source_id', ", '7'")).toEqual([{ weight: 152 }]);
    expect(await record(time, 153, ', source_id', ", '7'")).toEqual([]);
  }
  // A month that is added later.
  await database.admin.query('drop table reading_2026_02');
  await record(times[1]!, 160);
  await database.admin.query('select ensure_reading_partitions()');
  expect(await database.rows(`select tableoid::regclass::text as month from reading where weight = 160`)).toEqual([
    { month: 'reading_2026_02' },
  ]);
  expect(await record(times[1]!, 161)).toEqual([]);
  expect(
    await database.rows(`
      select conname, count(i.inhrelid)::int = (select count(*) from pg_inherits where inhparent = 'reading'::regclass) as everywhere, x.indisvalid
      from pg_constraint c join pg_index x on x.indexrelid = c.conindid left join pg_inherits i on i.inhparent = c.conindid
      where c.conrelid = 'reading'::regclass and contype = 'u' group by conname, x.indisvalid order by 1`),
  ).toEqual([
    { conname: 'reading_of_device', everywhere: true, indisvalid: true },
    { conname: 'reading_of_patient', everywhere: true, indisvalid: true },
  ]);
});

import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'UnitsOfReadings1795651680000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

it('readings stored before units existed keep their numbers, and two flags become one value', async () => {
  await database.admin.query(`
    insert into customer (name) values ('One');
    insert into patient (customer_id, first_name, last_name) values (1, 'A', 'Person');
    insert into reading (customer_id, id, taken_at, received_at, patient_id, kind, manual, glucose, before_meal, after_meal, weight)
    select 1, new_reading_id(at), at, at, 1, case when weight is null then 2 else 4 end, true, glucose, before, after, weight
    from (values
      -- In a partition of its month, and in the default one.
      (timestamptz '2026-02-01 08:00Z', 104, true, false, null),
      (timestamptz '2026-02-02 08:00Z', 105, false, true, null),
      (timestamptz '2026-02-03 08:00Z', 106, false, false, null),
      (timestamptz '2026-02-04 08:00Z', 107, null, null, null),
      (timestamptz '2019-02-05 08:00Z', 108, null, true, null),
      (timestamptz '2026-02-06 08:00Z', null, null, null, 180.4)
    ) r(at, glucose, before, after, weight)`);

  await database.run(MIGRATION);

  const { rows } = await database.admin.query({
    text: `select taken_at, glucose, weight, meal_timing, comparator, sent_unit from reading order by taken_at`,
    rowMode: 'array',
  });
  const at = (day: string) => new Date(`${day}T08:00:00Z`);
  expect(rows).toEqual([
    [at('2019-02-05'), 108, null, 'AFTER_MEAL', null, null],
    [at('2026-02-01'), 104, null, 'BEFORE_MEAL', null, null],
    [at('2026-02-02'), 105, null, 'AFTER_MEAL', null, null],
    [at('2026-02-03'), 106, null, null, null, null],
    [at('2026-02-04'), 107, null, null, null, null],
    [at('2026-02-06'), null, 180.4, null, null, null],
  ]);
  const { rows: dropped } = await database.admin.query(
    `select from pg_attribute where attrelid = 'reading'::regclass and attisdropped`,
  );
  expect(dropped).toEqual([]);
});

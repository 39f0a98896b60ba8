import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'ClocksThatRunAhead1795652300000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

/** Records a reading as a release before the migration did: activity has `taken_at`. Times are relative to `now()`. */
async function record(deviceId: number, kind: 1 | 4, takenAt: string, receivedAt: string): Promise<void> {
  const values = kind === 1 ? '120, 80, null' : 'null, null, 150';
  const column = kind === 1 ? 'blood_pressure_at' : 'weight_at';
  await database.admin.query(`
    with stored as (
      insert into reading (customer_id, id, taken_at, received_at, device_id, patient_id, kind, manual, systolic, diastolic, weight)
      select 1, new_reading_id(at), at, now() + interval '${receivedAt}', ${deviceId}, 1, ${kind}, false, ${values}
      from (select date_trunc('milliseconds', now()) + interval '${takenAt}' as at) taken returning *
    ), devices as (
      insert into device_activity as a (customer_id, device_id, ${column}) select 1, ${deviceId}, taken_at from stored
      on conflict (customer_id, device_id) do update set ${column} = greatest(a.${column}, excluded.${column}) returning 1
    )
    insert into patient_activity as a (customer_id, patient_id, ${column}) select 1, 1, taken_at from stored
    on conflict (customer_id, patient_id) do update set ${column} = greatest(a.${column}, excluded.${column})`);
}

const hoursOf = (column: string) => `(extract(epoch from ${column} - now()) / 3600)::numeric(9,1)::float8`;

/** Times of the newest readings, in hours from now. */
function activity(table: string): Promise<object[]> {
  return database.rows(`select ${hoursOf('blood_pressure_at')} as pressure, ${hoursOf('weight_at')} as weight, ${hoursOf('last_reading_at')} as last
    from ${table} where last_reading_at > '-infinity' order by 1, 2`);
}

it('existing times are corrected, and those that an earlier release writes beside this one', async () => {
  await database.admin.query(`
    insert into customer (name) values ('One');
    insert into item (name, reading_kinds) values ('Hub', '{WEIGHT,BLOOD_PRESSURE}');
    insert into patient (customer_id, first_name, last_name) values (1, 'A', 'Person');
    insert into device (customer_id, item_id, current_status) select 1, 1, 'LOST' from generate_series(1, 4)`);
  // The first device was ahead lately, the second half a year ago, the third never.
  await record(1, 1, '-3 hours', '-3 hours');
  await record(1, 1, '-2 hours', '-25 hours');
  await record(1, 4, '-50 hours', '-50 hours');
  await record(2, 4, '-4000 hours', '-4010 hours');
  await record(2, 4, '-4005 hours', '-4004 hours');
  await record(3, 1, '-9 hours', '-1 hour');
  expect(await activity('device_activity')).toEqual([
    { pressure: -9, weight: null, last: -9 },
    { pressure: -2, weight: -50, last: -2 },
    { pressure: null, weight: -4000, last: -4000 },
  ]);

  await database.run(MIGRATION);

  const corrected = [
    { pressure: -9, weight: null, last: -9 },
    { pressure: -3, weight: -50, last: -3 },
    { pressure: null, weight: -4005, last: -4005 },
  ];
  expect(await activity('device_activity')).toEqual(corrected);
  expect(await activity('patient_activity')).toEqual([{ pressure: -3, weight: -50, last: -3 }]);

  await record(4, 4, '23 hours', '0 hours');
  expect(await activity('patient_activity')).toEqual([{ pressure: -3, weight: 0, last: 0 }]);
  await record(4, 4, '22 hours', '0 hours');
  await record(2, 4, '-1 hour', '0 hours');
  expect(await activity('device_activity')).toEqual([
    { pressure: -9, weight: null, last: -9 },
    { pressure: -3, weight: -50, last: -3 },
    { pressure: null, weight: -1, last: -1 },
    { pressure: null, weight: 0, last: 0 },
  ]);
});

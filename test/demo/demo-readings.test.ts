import { openDemoDatabase, type DemoDatabase } from './demo-database';

/** Data that demo screens, charts and examples need. For consistency see domain-rules.test.ts. */
let database: DemoDatabase;
beforeAll(async () => {
  database = await openDemoDatabase();
});
afterAll(() => database.close());

/** Asserts aggregate conditions over the view `measured`, see demo-database.ts. */
async function expectAll(conditions: Record<string, string>, from = 'measured'): Promise<void> {
  const columns = Object.entries(conditions).map(([name, condition]) => `(${condition}) as "${name}"`);
  expect(await database.selectOne(`select ${columns.join(', ')} from ${from}`)).toEqual(
    Object.fromEntries(Object.keys(conditions).map((name) => [name, true])),
  );
}

describe('readings of the demo data', () => {
  test('are 40,000 to 60,000, of every kind and both customers', async () => {
    await expectAll({
      many: 'count(*) between 40000 and 60000',
      northside: 'count(*) filter (where customer_id = 1) > 10000',
      lakeview: 'count(*) filter (where customer_id = 2) > 10000',
    });
    expect(
      await database.select(`select kind::integer, count(*) > 2500 as many from reading group by kind order by kind`),
    ).toEqual([1, 2, 3, 4, 5, 6, 7].map((kind) => ({ kind, many: true })));
  });

  test("are in the last 90 days, up to the end of the data, except those of the tour's device", async () => {
    await expectAll({
      recent: `max(age) filter (where device_id is distinct from 1) between interval '89 days' and interval '90 days'`,
      older: `count(*) filter (where device_id = 1) > 150 and min(age) filter (where device_id = 1) > interval '90 days'`,
      one_holder: `count(distinct patient_id) filter (where device_id = 1) = 1`,
      newest: `max(received_at) > (select at - interval '1 hour' from data_end)`,
    });
  });

  test('come from nearly all devices that had a holder in that time', async () => {
    await expectAll(
      {
        many: 'count(*) > 800',
        silent: 'count(*) filter (where not exists (select from reading r where r.device_id = d.id)) between 20 and 79',
      },
      `device d where exists (
        select from stay s, data_end e where s.device_id = d.id and s.status = 'WITH_PATIENT' and s.ended_at > e.at - interval '90 days')`,
    );
  });

  test('follow the local time of day of the patient', async () => {
    const pressure = `kind_name = 'BLOOD_PRESSURE' and device_id is not null`;
    await expectAll({
      awake: 'count(*) filter (where local_hour < 4.5 or local_hour > 23.75) = 0',
      weight: `count(*) filter (where kind_name = 'WEIGHT' and device_id is not null and local_hour > 10) = 0`,
      pressure: `count(*) filter (where ${pressure} and local_hour > 11 and local_hour < 18) = 0`,
      evening: `count(*) filter (where ${pressure} and local_hour >= 18) > 2000`,
      lower_in_the_evening: `avg(systolic) filter (where ${pressure} and local_hour <= 11 and patient_id in
          (select patient_id from measured where ${pressure} and local_hour >= 18))
        - avg(systolic) filter (where ${pressure} and local_hour >= 18) > 3`,
      warmer_in_the_evening: `avg(temperature) filter (where kind_name = 'TEMPERATURE' and local_hour > 17)
        - avg(temperature) filter (where kind_name = 'TEMPERATURE' and local_hour < 11) > 0.3`,
    });
  });

  test('have a meal timing', async () => {
    await expectAll(
      {
        before: "count(*) filter (where meal_timing = 'BEFORE_MEAL') > 4000",
        after: "count(*) filter (where meal_timing = 'AFTER_MEAL') > 1500",
        unknown: 'count(*) filter (where meal_timing is null) > 500',
        higher:
          "avg(glucose) filter (where meal_timing = 'AFTER_MEAL') - avg(glucose) filter (where meal_timing = 'BEFORE_MEAL') > 25",
      },
      `measured where kind_name = 'BLOOD_GLUCOSE'`,
    );
  });

  test('include notable values, and a heart rate with some blood pressures', async () => {
    await expectAll({
      pressure: `count(*) filter (where systolic >= 160) > 800`,
      oxygen: `count(*) filter (where blood_oxygen < 90) > 100`,
      glucose: `count(*) filter (where glucose < 70) > 40`,
      fever: `count(*) filter (where temperature >= 100.4) > 20`,
      without_heart_rate: `count(*) filter (where kind_name = 'BLOOD_PRESSURE' and heart_rate is null) > 500`,
      with_heart_rate: `count(*) filter (where kind_name = 'BLOOD_PRESSURE' and heart_rate is not null) > 10000`,
      heart_rate: `count(*) filter (where kind_name = 'HEART_RATE') > 3000`,
    });
  });

  test('arrive within a minute, except for some', async () => {
    await expectAll(
      {
        at_once: `count(*) filter (where delay < interval '1 minute') > 0.95 * count(*)`,
        late: `count(*) filter (where delay > interval '1 hour') > 800`,
        very_late: `count(*) filter (where delay > interval '1 day') > 400`,
        at_last: `max(delay) < interval '17 days'`,
      },
      'measured where not manual',
    );
  });

  test('sometimes arrive after the patient returned the device, or when another patient has it', async () => {
    await expectAll(
      {
        given_back: 'count(*) filter (where s.patient_id is null) > 20',
        with_others: 'count(*) filter (where s.patient_id <> m.patient_id) > 0',
      },
      `measured m join stay s on s.device_id = m.device_id and s.started_at <= m.received_at and m.received_at < s.ended_at
       where m.patient_id is not null`,
    );
    await expectAll(
      { from_paused_devices: 'count(distinct m.device_id) > 10' },
      `measured m join device d on d.id = m.device_id where d.current_status = 'DECOMMISSIONED'`,
    );
  });

  test('are sometimes manual, with or without a device', async () => {
    await expectAll({
      with_device: 'count(*) filter (where manual and device_id is not null) > 400',
      without: 'count(*) filter (where manual and device_id is null) > 300',
      no_offset_of_a_device: 'count(device_time_zone_offset) filter (where manual) = 0',
    });
  });

  test('have null offsets where they are unknown', async () => {
    const sent = 'device_time_zone_offset is not null';
    const unknown = 'patient_id is not null and patient_time_zone_offset is null';
    await expectAll({
      zones: 'count(distinct patient_time_zone_offset) >= 8',
      unknown: `count(*) filter (where ${unknown}) > 500`,
      known_by_the_device: `count(*) filter (where ${unknown} and ${sent}) > 50`,
      some_send: `count(*) filter (where ${sent}) between 0.25 * count(*) and 0.5 * count(*)`,
      cellular: `array_agg(distinct item_id) filter (where ${sent}) = '{1,2,3}'`,
      never_set: `array_agg(distinct device_time_zone_offset) filter (where ${sent} 
        and device_time_zone_offset <> patient_time_zone_offset) = '{0}'`,
    });
  });

  test('have no patient when a device is tested at a site', async () => {
    await expectAll(
      {
        some: 'count(*) between 50 and 300',
        of_both: `array_agg(distinct customer_id) = '{1,2}'`,
        no_offset: 'count(patient_time_zone_offset) = 0',
      },
      'measured where patient_id is null',
    );
  });

  test('have gaps, and some patients with devices have been silent for three weeks or longer', async () => {
    await expectAll(
      {
        silent: `count(*) filter (where newest is null or newest < at - interval '21 days') = 26`,
        never: 'count(*) filter (where newest is null) = 4',
        // None in between, so that the result is the same on every day of the following week.
        none_between: `count(*) filter (where newest is null or newest < at - interval '14 days') = 26`,
      },
      `(select patient_id, (select max(taken_at) from reading r where r.patient_id = d.patient_id) as newest
        from device d where current_status = 'WITH_PATIENT' group by patient_id) holder, data_end`,
    );
    await expectAll(
      { some: `count(*) filter (where gap > interval '4 days') between 101 and count(*) - 1` },
      `(select max(gap) as gap from (
          select device_id, taken_at - lag(taken_at) over (partition by device_id order by taken_at) as gap
          from measured where kind_name = 'BLOOD_PRESSURE') g group by device_id) series`,
    );
  });
});

describe('data for charts', () => {
  const chart = (externalIdentifier: string) =>
    `measured where patient_id = (select id from patient where external_identifier = '${externalIdentifier}')`;
  const days = (from: number, to: number) => `age <= interval '${from} days' and age > interval '${to} days'`;

  test('the tour: weight and temperature of its patient, blood pressure of the former holder of its device', async () => {
    await expectAll(
      {
        weight: `count(*) filter (where kind_name = 'WEIGHT' and ${days(30, 0)}) > 24`,
        temperature: `count(*) filter (where kind_name = 'TEMPERATURE' and ${days(30, 0)}) > 24`,
      },
      chart('external-identifier'),
    );
    await expectAll(
      {
        of_the_device: `count(*) filter (where device_id = 1) > 150`,
        pressure: `count(*) filter (where kind_name = 'BLOOD_PRESSURE' and ${days(30, 0)}) > 40`,
      },
      chart('NSH-100014'),
    );
  });

  test('a successful treatment: blood pressure and weight', async () => {
    const systolic = (from: number, to: number) =>
      `avg(systolic) filter (where device_id is not null and ${days(from, to)})`;
    const weight = (from: number, to: number) => `avg(weight) filter (where ${days(from, to)})`;
    await expectAll(
      {
        many: `count(systolic) filter (where device_id is not null and ${days(30, 0)}) > 40`,
        falls: `${systolic(90, 76)} - ${systolic(14, 0)} > 20`,
        falls_still: `${systolic(30, 16)} - ${systolic(14, 0)} > 3`,
        weight: `${weight(90, 76)} - ${weight(14, 0)} > 5`,
      },
      chart('NSH-101022'),
    );
  });

  test('glucose before and after meals', async () => {
    await expectAll(
      {
        many: `count(glucose) filter (where ${days(30, 0)}) > 80`,
        after: `count(*) filter (where meal_timing = 'AFTER_MEAL' and ${days(30, 0)}) > 15`,
      },
      chart('NSH-101127'),
    );
  });

  test('a patient with three devices who fell silent', async () => {
    await expectAll(
      {
        devices: 'count(distinct device_id) >= 3',
        then: `count(*) filter (where ${days(90, 45)}) > 80`,
        now: `count(*) filter (where ${days(33, 0)}) = 0`,
      },
      chart('NSH-101589'),
    );
  });
});

import { every, TrendFixture, type Trend } from './reading-trend.harness';

let world: TrendFixture;
beforeAll(async () => {
  world = await TrendFixture.start();
});
afterAll(() => world.stop());

const NEW_YORK = { zip: '10001' };
const YEAR = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
const DAYS_OF_JUNE: Omit<Trend, 'kind'> = { from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00Z', bucket: 'DAY' };

describe('buckets start in the time zone of the patient', () => {
  let patientId: string;
  beforeAll(async () => {
    patientId = await world.patient(NEW_YORK);
    // Every half hour of the weeks in which clocks go forward and back.
    await world.weigh(patientId, [
      ...every(30, '2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z'),
      ...every(30, '2026-10-31T04:00:00Z', '2026-11-03T05:00:00Z'),
    ]);
  });

  it('days: a day on which clocks change is one bucket of 23 or 25 hours', async () => {
    expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'DAY', ...YEAR })).toEqual({
      '2026-03-07T05:00:00.000Z': 48,
      '2026-03-08T05:00:00.000Z': 46,
      '2026-03-09T04:00:00.000Z': 48,
      '2026-10-31T04:00:00.000Z': 48,
      '2026-11-01T04:00:00.000Z': 50,
      '2026-11-02T05:00:00.000Z': 48,
    });
  });

  it('hours: one is missing in spring, and one occurs twice in fall', async () => {
    const forward = { from: '2026-03-08T06:00:00Z', to: '2026-03-08T08:00:00Z' };
    expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'HOUR', ...forward })).toEqual({
      '2026-03-08T06:00:00.000Z': 2, // 01:00, and then 03:00
      '2026-03-08T07:00:00.000Z': 2,
    });
    const back = { from: '2026-11-01T05:00:00Z', to: '2026-11-01T07:00:00Z' };
    expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'HOUR', ...back })).toEqual({
      '2026-11-01T05:00:00.000Z': 2, // 01:00, and 01:00 again
      '2026-11-01T06:00:00.000Z': 2,
    });
    const day = { from: '2026-11-01T04:00:00Z', to: '2026-11-02T05:00:00Z' };
    const counts = await world.counts(patientId, { kind: 'WEIGHT', bucket: 'HOUR', ...day });
    expect(Object.keys(counts)).toEqual(every(60, day.from, day.to));
    expect(new Set(Object.values(counts))).toEqual(new Set([2]));
  });

  it('weeks: start on Monday, and have 167 or 169 hours when clocks change', async () => {
    expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'WEEK', ...YEAR })).toEqual({
      '2026-03-02T05:00:00.000Z': 48 + 46,
      '2026-03-09T04:00:00.000Z': 48,
      '2026-10-26T04:00:00.000Z': 48 + 50,
      '2026-11-02T05:00:00.000Z': 48,
    });
  });

  it('months: start on the first', async () => {
    expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'MONTH', ...YEAR })).toEqual({
      '2026-03-01T05:00:00.000Z': 142,
      '2026-10-01T04:00:00.000Z': 48,
      '2026-11-01T04:00:00.000Z': 98,
    });
  });

  it('the first bucket starts before a period that starts within it', async () => {
    const period = { from: '2026-03-08T12:00:00Z', to: '2026-03-08T13:00:00Z' };
    for (const [bucket, start] of [
      ['DAY', '2026-03-08T05:00:00.000Z'],
      ['WEEK', '2026-03-02T05:00:00.000Z'],
      ['MONTH', '2026-03-01T05:00:00.000Z'],
    ] as const)
      expect(await world.counts(patientId, { kind: 'WEIGHT', bucket, ...period })).toEqual({ [start]: 2 });
  });
});

it.each<[string, Parameters<TrendFixture['patient']>[0], string, string]>([
  ['of the ZIP code', { zip: '85001' }, '2026-06-10T07:00:00.000Z', '2026-06-10T12:00:00.000Z'],
  ['of a ZIP+4 code', { zip: ' 96813-1234' }, '2026-06-10T10:00:00.000Z', '2026-06-10T12:00:00.000Z'],
  ['UTC without an address', {}, '2026-06-10T00:00:00.000Z', '2026-06-10T12:00:00.000Z'],
  ['UTC for a military ZIP code', { zip: '09001' }, '2026-06-10T00:00:00.000Z', '2026-06-10T12:00:00.000Z'],
  ['the override, whatever the ZIP code', { zip: '10001', zone: 'America/Denver' }, '2026-06-10T06:00:00.000Z', '2026-06-10T12:00:00.000Z'],
  ['off the hour', { zone: 'Asia/Kolkata' }, '2026-06-09T18:30:00.000Z', '2026-06-10T11:30:00.000Z'],
  ['east of UTC by more than half a day', { zone: 'Pacific/Kiritimati' }, '2026-06-10T10:00:00.000Z', '2026-06-10T12:00:00.000Z'],
])('splits days and hours by the time zone: %s', async (_zone, patient, day, hour) => {
  const patientId = await world.patient(patient);
  await world.weigh(patientId, ['2026-06-10T12:20:00.000Z']);
  expect(await world.counts(patientId, { kind: 'WEIGHT', ...DAYS_OF_JUNE })).toEqual({ [day]: 1 });
  const near = { from: '2026-06-10T12:00:00Z', to: '2026-06-10T13:00:00Z', bucket: 'HOUR' } as const;
  expect(await world.counts(patientId, { kind: 'WEIGHT', ...near })).toEqual({ [hour]: 1 });
}); // prettier-ignore

it.each([
  ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
  ['Atlantic/Azores', '2026-10-25', '2026-10-25T00:00:00.000Z', '2026-10-26T01:00:00.000Z'],
  // By two hours.
  ['Asia/Chita', '2014-10-26', '2014-10-25T14:00:00.000Z', '2014-10-26T16:00:00.000Z'],
  // By half an hour.
  ['Asia/Colombo', '2006-04-15', '2006-04-14T18:00:00.000Z', '2006-04-15T18:30:00.000Z'],
])('starts the day at the first of two midnights: %s on %s', async (zone, day, start, end) => {
  const patientId = await world.patient({ zone });
  const times = every(30, start, end);
  await world.weigh(patientId, times);
  const [from, to] = [-1, 1].map((months) => new Date(Date.parse(day) + months * 30 * 86_400_000).toISOString());
  expect(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'DAY', from: from!, to: to! })).toEqual({
    [start]: times.length,
  });
});

/** Three readings of a kind, and their summary: name, unit, minimum, maximum and mean. */
const SUMMARIES: [kind: string, readings: object[], ...measurements: [string, string, number, number, number][]][] = [
  [
    'BLOOD_PRESSURE',
    [
      { bloodPressure: { systolic: 120, diastolic: 80, heartRate: 60 } },
      { bloodPressure: { systolic: 125, diastolic: 70 } },
      { bloodPressure: { systolic: 118, diastolic: 75, heartRate: 66 } },
    ],
    ['SYSTOLIC', 'MILLIMETER_OF_MERCURY', 118, 125, 121],
    ['DIASTOLIC', 'MILLIMETER_OF_MERCURY', 70, 80, 75],
    ['HEART_RATE', 'BEAT_PER_MINUTE', 60, 66, 63],
  ],
  [
    'BLOOD_GLUCOSE',
    [90, 110, 101].map((value) => ({ bloodGlucose: { glucose: { value, unit: 'MILLIGRAM_PER_DECILITER' } } })),
    ['GLUCOSE', 'MILLIGRAM_PER_DECILITER', 90, 110, 100.3],
  ],
  [
    'BLOOD_OXYGEN',
    [{ bloodOxygen: { bloodOxygen: 97 } }, { bloodOxygen: { bloodOxygen: 95, heartRate: 61 } }, { bloodOxygen: { bloodOxygen: 96 } }], // prettier-ignore
    ['BLOOD_OXYGEN', 'PERCENT', 95, 97, 96],
    ['HEART_RATE', 'BEAT_PER_MINUTE', 61, 61, 61],
  ],
  [
    'WEIGHT',
    [150.5, 151, 149.5].map((weight) => ({ weight: { value: weight, unit: 'POUND' } })),
    ['WEIGHT', 'POUND', 149.5, 151, 150.33],
  ],
  [
    'HEART_RATE',
    [60, 61, 65].map((heartRate) => ({ heartRate: { value: heartRate } })),
    ['HEART_RATE', 'BEAT_PER_MINUTE', 60, 65, 62],
  ],
  [
    'TEMPERATURE',
    [98.6, 99.1, 98.2].map((temperature) => ({ temperature: { value: temperature, unit: 'FAHRENHEIT' } })),
    ['TEMPERATURE', 'FAHRENHEIT', 98.2, 99.1, 98.63],
  ],
  [
    'PEAK_FLOW',
    [
      { peakFlow: { peakExpiratoryFlow: 400, forcedExpiratoryVolumeInOneSecond: 2.5 } },
      { peakFlow: { peakExpiratoryFlow: 410.5 } },
      { peakFlow: { peakExpiratoryFlow: 395.5, forcedExpiratoryVolumeInOneSecond: 3 } },
    ],
    ['PEAK_EXPIRATORY_FLOW', 'LITER_PER_MINUTE', 395.5, 410.5, 402],
    ['FORCED_EXPIRATORY_VOLUME_IN_ONE_SECOND', 'LITER', 2.5, 3, 2.75],
  ],
  [
    'RESPIRATORY_RATE',
    [14, 15, 19].map((respiratoryRate) => ({ respiratoryRate: { value: respiratoryRate } })),
    ['RESPIRATORY_RATE', 'BREATH_PER_MINUTE', 14, 19, 16],
  ],
  [
    'BODY_COMPOSITION',
    [{ bodyComposition: { bodyFat: 24.5 } }, { bodyComposition: { bodyFat: 25, muscleMass: { value: 118.2, unit: 'POUND' } } }, { bodyComposition: { bodyFat: 25.5 } }], // prettier-ignore
    ['BODY_FAT', 'PERCENT', 24.5, 25.5, 25],
    ['MUSCLE_MASS', 'POUND', 118.2, 118.2, 118.2],
  ],
];

describe('a point', () => {
  it.each(SUMMARIES)(
    'of %s summarises its numbers, those that not all readings have too',
    async (kind, readings, ...measurements) => {
      const patientId = await world.patient(NEW_YORK);
      await world.record(
        readings.map((one, index) => ({ patientId, takenAt: `2026-06-10T1${index}:00:00.000Z`, ...one })),
      );
      expect(await world.trend(patientId, { kind, ...DAYS_OF_JUNE })).toEqual([
        {
          startsAt: '2026-06-10T04:00:00.000Z',
          endsAt: '2026-06-11T04:00:00.000Z',
          count: 3,
          measurements: measurements.map(([name, unit, min, max, mean]) => ({ name, unit, min, max, mean })),
        },
      ]);
    },
  );

  it('omits a quantity that no reading of its bucket has', async () => {
    const patientId = await world.patient(NEW_YORK);
    const pressure = { systolic: 120, diastolic: 80 };
    await world.record([
      { patientId, takenAt: '2026-06-10T12:00:00.000Z', bloodPressure: pressure },
      { patientId, takenAt: '2026-06-11T12:00:00.000Z', bloodPressure: { ...pressure, heartRate: 60 } },
      { patientId, takenAt: '2026-06-10T12:00:00.000Z', peakFlow: { peakExpiratoryFlow: 400 } },
    ]);
    const names = async (kind: string) =>
      (await world.trend(patientId, { kind, ...DAYS_OF_JUNE })).map(({ measurements }) =>
        measurements.map(({ name }) => name),
      );
    expect(await names('BLOOD_PRESSURE')).toEqual([
      ['SYSTOLIC', 'DIASTOLIC'],
      ['SYSTOLIC', 'DIASTOLIC', 'HEART_RATE'],
    ]);
    expect(await names('PEAK_FLOW')).toEqual([['PEAK_EXPIRATORY_FLOW']]);
  });
});

it('omits buckets without readings, and returns the others in order', async () => {
  const patientId = await world.patient(NEW_YORK);
  await world.weigh(patientId, ['2026-06-20T12:00:00.000Z', '2024-12-01T12:00:00.000Z', '2026-02-01T12:00:00.000Z']);
  await world.record([{ patientId, takenAt: '2026-03-01T12:00:00.000Z', heartRate: { value: 60 } }]);
  const period = { from: '2020-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
  const points = await world.trend(patientId, { kind: 'WEIGHT', bucket: 'MONTH', ...period });
  expect(points.map(({ startsAt }) => startsAt)).toEqual([
    '2024-12-01T05:00:00.000Z',
    '2026-02-01T05:00:00.000Z',
    '2026-06-01T04:00:00.000Z',
  ]);
  expect(await world.trend(patientId, { kind: 'TEMPERATURE', bucket: 'MONTH', ...period })).toEqual([]);
});

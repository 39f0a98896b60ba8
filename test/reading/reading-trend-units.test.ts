import { TrendFixture } from './reading-trend.harness';

let world: TrendFixture;
beforeAll(async () => {
  world = await TrendFixture.start();
});
afterAll(() => world.stop());

const JUNE = 'period: { from: "2026-06-01T00:00:00Z", to: "2026-07-01T00:00:00Z" }, bucket: MONTH';
const at = (day: number) => `2026-06-${String(day).padStart(2, '0')}T12:00:00.000Z`;

/** Trends of June by alias. */
async function trends<Point>(patientId: string, fields: Record<string, string>): Promise<Record<string, Point[]>> {
  const selection = Object.entries(fields).map(([alias, field]) => `${alias}: ${field}`);
  const { patient } = await world.fixture.app.data<{ patient: Record<string, Point[]> }>(
    'northside',
    `{ patient(id: ${patientId}) { ${selection.join(' ')} } }`,
  );
  return patient;
}

const MEASUREMENTS = 'name unit symbol min max mean lessThanCount greaterThanCount';
const chart = (kind: string, units = '') =>
  `readingTrend(kind: ${kind}, ${JUNE}) { count measurements${units} { ${MEASUREMENTS} } }`;

it('summarizes in the requested unit: minimum and maximum as sent, mean rounded', async () => {
  const patientId = await world.patient();
  const sent = [
    [5.4, 'MILLIMOLE_PER_LITER'],
    [150.25, 'MILLIGRAM_PER_DECILITER'],
    [6.123, 'MILLIMOLE_PER_LITER'],
    [100, 'MILLIGRAM_PER_DECILITER'],
  ] as const;
  await world.record(
    sent.map(([value, unit], index) => ({
      patientId,
      takenAt: at(index + 1),
      bloodGlucose: { glucose: { value, unit } },
    })),
  );
  const limits = { lessThanCount: 0, greaterThanCount: 0 };
  const inMilligrams = { name: 'GLUCOSE', unit: 'MILLIGRAM_PER_DECILITER', symbol: 'mg/dL', ...limits };
  const inMillimoles = { name: 'GLUCOSE', unit: 'MILLIMOLE_PER_LITER', symbol: 'mmol/L', ...limits };
  expect(
    await trends(patientId, {
      byDefault: chart('BLOOD_GLUCOSE'),
      other: chart('BLOOD_GLUCOSE', '(units: [POUND, MILLIMOLE_PER_LITER, MILLIGRAM_PER_DECILITER])'),
      foreign: chart('BLOOD_GLUCOSE', '(units: [POUND])'),
    }),
  ).toEqual({
    byDefault: [{ count: 4, measurements: [{ ...inMilligrams, min: 97.3, max: 150.25, mean: 114.5 }] }],
    other: [{ count: 4, measurements: [{ ...inMillimoles, min: 5.4, max: 8.34, mean: 6.35 }] }],
    foreign: [{ count: 4, measurements: [{ ...inMilligrams, min: 97.3, max: 150.25, mean: 114.5 }] }],
  });
});

it('converts weights, temperatures and muscle mass too', async () => {
  const patientId = await world.patient();
  await world.record([
    { patientId, takenAt: at(1), weight: { value: 80.123, unit: 'KILOGRAM' } },
    { patientId, takenAt: at(2), weight: { value: 180.5, unit: 'POUND' } },
    { patientId, takenAt: at(1), temperature: { value: 37.05, unit: 'CELSIUS' } },
    { patientId, takenAt: at(1), bodyComposition: { bodyFat: 20, muscleMass: { value: 53.61, unit: 'KILOGRAM' } } },
  ]);
  const units = '(units: [KILOGRAM, CELSIUS])';
  const found = await trends<{ measurements: object[] }>(patientId, {
    weight: chart('WEIGHT'),
    kilograms: chart('WEIGHT', units),
    temperature: chart('TEMPERATURE'),
    celsius: chart('TEMPERATURE', units),
    composition: chart('BODY_COMPOSITION', units),
  });
  expect(Object.entries(found).map(([name, points]) => [name, points[0]!.measurements])).toMatchObject([
    ['weight', [{ unit: 'POUND', symbol: 'lb', min: 176.64, max: 180.5, mean: 178.57 }]],
    ['kilograms', [{ unit: 'KILOGRAM', symbol: 'kg', min: 80.123, max: 81.87, mean: 81 }]],
    ['temperature', [{ unit: 'FAHRENHEIT', symbol: '°F', min: 98.69, max: 98.69, mean: 98.69 }]],
    ['celsius', [{ unit: 'CELSIUS', symbol: '°C', min: 37.05, max: 37.05, mean: 37.05 }]],
    [
      'composition',
      [
        { unit: 'PERCENT', symbol: '%', min: 20, max: 20, mean: 20 },
        { unit: 'KILOGRAM', symbol: 'kg', min: 53.61, max: 53.61, mean: 53.61 },
      ],
    ],
  ]);
});

it('counts numbers that are limits of the meter', async () => {
  const patientId = await world.patient();
  const comparators = ['LESS_THAN', null, 'GREATER_THAN', 'GREATER_THAN', undefined];
  await world.record(
    comparators.map((comparator, index) => ({
      patientId,
      takenAt: at(index + 1),
      bloodGlucose: { glucose: { value: 100 + index, unit: 'MILLIGRAM_PER_DECILITER', comparator } },
    })),
  );
  expect(await trends(patientId, { glucose: chart('BLOOD_GLUCOSE') })).toMatchObject({
    glucose: [{ count: 5, measurements: [{ min: 100, max: 104, mean: 102, lessThanCount: 1, greaterThanCount: 2 }] }],
  });
});

describe('a filter', () => {
  let patientId: string;
  let cuff: string;
  let scale: string;
  beforeAll(async () => {
    patientId = await world.patient();
    const held = { patientId, from: '2026-05-01T00:00:00Z' };
    cuff = (await world.fixture.device(held)).id;
    scale = (await world.fixture.device(held)).id;
    const weight = { value: 180, unit: 'POUND' };
    await world.fixture.record([
      { deviceId: cuff, takenAt: at(1), weight },
      { deviceId: cuff, takenAt: at(2), weight, manual: true },
      { deviceId: scale, takenAt: at(3), weight },
      { patientId, takenAt: at(4), weight, manual: true },
    ]);
  });

  const count = async (filter: string) => {
    const field = `readingTrend(kind: WEIGHT, ${JUNE}, filter: ${filter}) { count }`;
    const { found } = await trends<{ count: number }>(patientId, { found: field });
    return found!.map((point) => point.count);
  };

  it('selects the readings of the trend', async () => {
    expect(await count('null')).toEqual([4]);
    expect(await count('{}')).toEqual([4]);
    expect(await count('{ manual: true }')).toEqual([2]);
    expect(await count('{ manual: false }')).toEqual([2]);
    expect(await count(`{ deviceIds: ["${cuff}"] }`)).toEqual([2]);
    expect(await count(`{ deviceIds: ["${cuff}", "${scale}"] }`)).toEqual([3]);
    expect(await count(`{ deviceIds: ["${cuff}"], manual: false }`)).toEqual([1]);
    expect(await count('{ deviceIds: [] }')).toEqual([]);
    expect(await count('{ deviceIds: ["999999"] }')).toEqual([]);
    expect(await count('{ manual: null, deviceIds: null }')).toEqual([4]);
  });

  it('with a malformed id fails only its own field', async () => {
    const { data, errors } = await world.fixture.app.query(
      'northside',
      `{ patient(id: ${patientId}) { databaseId readingTrend(kind: WEIGHT, ${JUNE}, filter: { deviceIds: ["x"] }) { count } } }`,
    );
    expect(errors).toMatchObject([
      { path: ['patient', 'readingTrend'], extensions: { code: 'BAD_USER_INPUT', path: ['filter', 'deviceIds', '0'] } },
    ]);
    expect(data).toEqual({ patient: { databaseId: patientId, readingTrend: null } });
  });
});

it.each([
  ['America/New_York', 'DAY', '2026-03-08T12:00:00.000Z', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
  ['America/New_York', 'DAY', '2025-11-02T12:00:00.000Z', '2025-11-02T04:00:00.000Z', '2025-11-03T05:00:00.000Z'],
  ['America/New_York', 'WEEK', '2026-03-05T12:00:00.000Z', '2026-03-02T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
  ['America/New_York', 'MONTH', '2025-12-31T12:00:00.000Z', '2025-12-01T05:00:00.000Z', '2026-01-01T05:00:00.000Z'],
  ['America/New_York', 'MONTH', '2026-03-20T12:00:00.000Z', '2026-03-01T05:00:00.000Z', '2026-04-01T04:00:00.000Z'],
  // Midnight occurs twice, or never.
  ['America/Havana', 'DAY', '2025-11-01T12:00:00.000Z', '2025-11-01T04:00:00.000Z', '2025-11-02T04:00:00.000Z'],
  ['America/Havana', 'DAY', '2025-11-02T12:00:00.000Z', '2025-11-02T04:00:00.000Z', '2025-11-03T05:00:00.000Z'],
  ['America/Havana', 'DAY', '2026-03-07T12:00:00.000Z', '2026-03-07T05:00:00.000Z', '2026-03-08T05:00:00.000Z'],
  ['America/Havana', 'DAY', '2026-03-08T12:00:00.000Z', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
  // A skipped day.
  ['Pacific/Apia', 'DAY', '2011-12-29T12:00:00.000Z', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
  // Two hours that start half an hour apart, because clocks change by half an hour.
  ['Australia/Lord_Howe', 'HOUR', '2026-04-04T14:10:00.000Z', '2026-04-04T14:00:00.000Z', '2026-04-04T15:00:00.000Z'],
  ['Australia/Lord_Howe', 'HOUR', '2026-04-04T15:10:00.000Z', '2026-04-04T14:30:00.000Z', '2026-04-04T15:30:00.000Z'],
  ['Asia/Kolkata', 'HOUR', '2026-06-10T12:20:00.000Z', '2026-06-10T11:30:00.000Z', '2026-06-10T12:30:00.000Z'],
] as const)('a point has its whole bucket: in %s a %s around %s', async (zone, bucket, takenAt, startsAt, endsAt) => {
  const patientId = await world.patient({ zone });
  await world.weigh(patientId, [takenAt]);
  const period = { from: takenAt, to: new Date(Date.parse(takenAt) + 1).toISOString() };
  expect(await world.trend(patientId, { kind: 'WEIGHT', bucket, ...period })).toMatchObject([
    { startsAt, endsAt, count: 1 },
  ]);
});

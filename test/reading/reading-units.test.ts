import { walk } from '../support/connections';
import { readingsOf } from './reading-lists.harness';
import { hoursFromNow, outcomesOf, ReadingFixture, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const glucose = (value: number, unit = 'MILLIMOLE_PER_LITER', comparator?: string) => ({
  bloodGlucose: { glucose: { value, unit, ...(comparator !== undefined && { comparator }) } },
});
const weight = (value: number, unit = 'KILOGRAM') => ({ weight: { value, unit } });
const temperature = (value: number, unit = 'CELSIUS') => ({ temperature: { value, unit } });
const composition = (value: number, unit = 'KILOGRAM') => ({
  bodyComposition: { bodyFat: 20, muscleMass: { value, unit } },
});

const IN_BOTH_UNITS = `
  ... on BloodGlucoseReading { default: glucose one: glucose(unit: MILLIGRAM_PER_DECILITER) other: glucose(unit: MILLIMOLE_PER_LITER) }
  ... on WeightReading { default: weight one: weight(unit: POUND) other: weight(unit: KILOGRAM) }
  ... on TemperatureReading { default: temperature one: temperature(unit: FAHRENHEIT) other: temperature(unit: CELSIUS) }
  ... on BodyCompositionReading { mass: muscleMass massInPounds: muscleMass(unit: POUND) massInKilograms: muscleMass(unit: KILOGRAM) }
  measured: measurements { name value unit symbol comparator }
  metric: measurements(units: [KILOGRAM, CELSIUS, MILLIMOLE_PER_LITER, PERCENT, POUND]) { name value unit symbol }`;

interface Shown {
  default: number;
  one: number;
  other: number;
  measured: object[];
  metric: object[];
}

async function recorded(values: object): Promise<Shown> {
  const { id } = await fixture.heldDevice();
  const reading: ReadingInput = { deviceId: id, takenAt: hoursFromNow(-1), ...values };
  const { results } = await fixture.record([reading], { fields: IN_BOTH_UNITS });
  expect(results).toMatchObject([{ outcome: 'RECORDED', userErrors: [] }]);
  return results[0]!.reading as unknown as Shown;
}

describe('a number is returned exactly in the unit in which it was sent, and rounded in another', () => {
  it.each([
    [glucose(5.4), 97.3, 5.4],
    [glucose(5.43), 97.8, 5.43],
    [glucose(22.2), 399.9, 22.2],
    [glucose(104, 'MILLIGRAM_PER_DECILITER'), 104, 5.77],
    [glucose(104.25, 'MILLIGRAM_PER_DECILITER'), 104.25, 5.79],
    [weight(80), 176.37, 80],
    [weight(80.123), 176.64, 80.123],
    [weight(80.1234567), 176.64, 80.1234567],
    [weight(176.4, 'POUND'), 176.4, 80.01],
    [weight(0.1 + 0.2 + 99, 'POUND'), 0.1 + 0.2 + 99, 45.04],
    [temperature(37), 98.6, 37],
    [temperature(37.05), 98.69, 37.05],
    [temperature(98.888, 'FAHRENHEIT'), 98.888, 37.16],
  ])('%j', async (values, inDefault, inOther) => {
    expect(await recorded(values)).toMatchObject({ default: inDefault, one: inDefault, other: inOther });
  });

  it('also as one of several values, and null when it is missing', async () => {
    expect(await recorded(composition(53.61))).toMatchObject({
      mass: 118.19,
      massInPounds: 118.19,
      massInKilograms: 53.61,
    });
    expect(await recorded({ bodyComposition: { bodyFat: 20 } })).toMatchObject({
      mass: null,
      massInPounds: null,
      massInKilograms: null,
    });
  });

  it('for every number of grams, tenths of a degree and hundredths of a mmol/L', async () => {
    const { id } = await fixture.heldDevice();
    const sent = Array.from({ length: 333 }, (_, index) => [
      weight(Number((20 + index * 0.517).toFixed(3))),
      temperature(Number((30 + index * 0.03).toFixed(2))),
      glucose(Number((1 + index * 0.11).toFixed(2))),
    ]).flat();
    const readings = sent.map((values, index) => ({ deviceId: id, takenAt: hoursFromNow(-2, index), ...values }));
    const { results } = await fixture.record(readings, { fields: IN_BOTH_UNITS });
    const numbers = sent.map(
      (values) => (Object.values(values) as { value?: number; glucose?: { value: number } }[])[0]!,
    );
    expect(results.map(({ reading }) => (reading as unknown as Shown).other)).toEqual(
      numbers.map((of) => of.value ?? of.glucose!.value),
    );
  });
});

it('returns measurements in the requested units, for quantities that have them', async () => {
  expect(await recorded(glucose(33.3, 'MILLIMOLE_PER_LITER', 'GREATER_THAN'))).toMatchObject({
    measured: [
      { name: 'GLUCOSE', value: 599.9, unit: 'MILLIGRAM_PER_DECILITER', symbol: 'mg/dL', comparator: 'GREATER_THAN' },
    ],
    metric: [{ name: 'GLUCOSE', value: 33.3, unit: 'MILLIMOLE_PER_LITER', symbol: 'mmol/L' }],
  });
  expect(await recorded(composition(118.2, 'POUND'))).toMatchObject({
    measured: [
      { name: 'BODY_FAT', value: 20, unit: 'PERCENT', symbol: '%', comparator: null },
      { name: 'MUSCLE_MASS', value: 118.2, unit: 'POUND', symbol: 'lb', comparator: null },
    ],
    metric: [
      { name: 'BODY_FAT', value: 20, unit: 'PERCENT', symbol: '%' },
      { name: 'MUSCLE_MASS', value: 53.61, unit: 'KILOGRAM', symbol: 'kg' },
    ],
  });
  const { measured, metric } = await recorded({ bloodPressure: { systolic: 120, diastolic: 80 } });
  expect(metric).toMatchObject(
    measured.map((one) => ({ ...one, comparator: undefined })).map(({ comparator: _, ...one }) => one),
  );
});

it('stores a number unrounded in one unit, and the unit in which it was sent', async () => {
  const { id } = await fixture.heldDevice();
  const sent = [
    glucose(5.4),
    weight(80.123),
    temperature(37.1),
    composition(53.61),
    glucose(97, 'MILLIGRAM_PER_DECILITER'),
  ];
  await fixture.record(sent.map((values, index) => ({ deviceId: id, takenAt: hoursFromNow(-1, index), ...values })));
  const rows = await fixture.stored(id);
  expect(rows.map((row) => [row.glucose ?? row.weight ?? row.temperature ?? row.muscle_mass, row.sent_unit])).toEqual([
    [5.4 * 18.0156, 'MILLIMOLE_PER_LITER'],
    [80.123 / 0.45359237, 'KILOGRAM'],
    [37.1 * 1.8 + 32, 'CELSIUS'],
    [53.61 / 0.45359237, 'KILOGRAM'],
    [97, null],
  ]);
});

describe('the same reading in another unit', () => {
  const again = async (first: object, second: object) => {
    const { id } = await fixture.heldDevice();
    const readings = [first, second].map((values) => ({ deviceId: id, takenAt: hoursFromNow(-1), ...values }));
    expect(outcomesOf(await fixture.record([readings[0]!]))).toEqual(['RECORDED']);
    const outcome = outcomesOf(await fixture.expectNothingWritten(() => fixture.record([readings[1]!])))[0];
    const { id: device } = await fixture.heldDevice();
    const reversed = readings.map((reading) => ({ ...reading, deviceId: device })).reverse();
    expect(outcomesOf(await fixture.record(reversed))).toEqual(['RECORDED', outcome]);
    return outcome;
  };

  it.each([
    [glucose(5.4), glucose(97, 'MILLIGRAM_PER_DECILITER')],
    [glucose(5.4), glucose(97.3, 'MILLIGRAM_PER_DECILITER')],
    // Some meters convert with a factor of 18.
    [glucose(5.4), glucose(97.2, 'MILLIGRAM_PER_DECILITER')],
    [glucose(22.2), glucose(400, 'MILLIGRAM_PER_DECILITER')],
    [weight(80), weight(176.4, 'POUND')],
    [weight(80.1), weight(177, 'POUND')],
    [weight(80.01), weight(176.39, 'POUND')],
    [temperature(37), temperature(98.6, 'FAHRENHEIT')],
    [temperature(37.2), temperature(99, 'FAHRENHEIT')],
    [composition(53.6), composition(118.2, 'POUND')],
    // Of 83.5 kg, one with single precision.
    [weight(184.0859889203, 'POUND'), weight(184.08598877, 'POUND')],
    [weight(184.0859889203, 'POUND'), weight(184.09, 'POUND')],
    [weight(184.0859889203, 'POUND'), weight(184.1, 'POUND')],
    [weight(83.5), weight(184.08598877, 'POUND')],
    [weight(83.5), weight(83.50000001)],
    [composition(118.16777132, 'POUND'), composition(118.2, 'POUND')],
    [temperature(98.6, 'FAHRENHEIT'), temperature(98.60000000000001, 'FAHRENHEIT')],
    [temperature(36.66666667), temperature(36.7)],
    [temperature(36.66666667), temperature(36.666666666666664)],
    [glucose(97.28424, 'MILLIGRAM_PER_DECILITER'), glucose(97, 'MILLIGRAM_PER_DECILITER')],
    [glucose(97.28424, 'MILLIGRAM_PER_DECILITER'), glucose(97.3, 'MILLIGRAM_PER_DECILITER')],
    [glucose(5.5507449), glucose(5.6)],
    [glucose(5.5507449), glucose(100, 'MILLIGRAM_PER_DECILITER')],
    [{ bodyComposition: { bodyFat: 24.5 } }, { bodyComposition: { bodyFat: 24.500000953674316 } }],
    [
      { peakFlow: { peakExpiratoryFlow: 420, forcedExpiratoryVolumeInOneSecond: 3.1 } },
      { peakFlow: { peakExpiratoryFlow: 420, forcedExpiratoryVolumeInOneSecond: 3.0999999046325684 } },
    ],
  ])('%j equals %j after rounding: a duplicate', async (first, second) => {
    expect(await again(first, second)).toBe('DUPLICATE');
  });

  it.each([
    [glucose(5.4), glucose(99, 'MILLIGRAM_PER_DECILITER')],
    [glucose(5), glucose(97, 'MILLIGRAM_PER_DECILITER')],
    [weight(80.1), weight(176.4, 'POUND')],
    [temperature(37), temperature(98.7, 'FAHRENHEIT')],
    [composition(53.6), composition(119, 'POUND')],
    // Grams, ounces and tenths, as scales measure them.
    [weight(3.5), weight(3.512)],
    [weight(7.0625, 'POUND'), weight(7.1, 'POUND')],
    [weight(184, 'POUND'), weight(184.4, 'POUND')],
    [weight(184.0859889203, 'POUND'), weight(184.2, 'POUND')],
    [weight(184.0859889203, 'POUND'), weight(184.0869889203, 'POUND')],
    [temperature(36.6), temperature(36.65)],
    [glucose(97, 'MILLIGRAM_PER_DECILITER'), glucose(98, 'MILLIGRAM_PER_DECILITER')],
    [{ bodyComposition: { bodyFat: 24.5 } }, { bodyComposition: { bodyFat: 24.512345 } }],
  ])('%j differs from %j: a conflict', async (first, second) => {
    expect(await again(first, second)).toBe('CONFLICT');
  });

  it.each([glucose(5.43), weight(80.123), temperature(37.05), composition(53.61)])(
    'in the same one is a duplicate: %j',
    async (values) => {
      expect(await again(values, values)).toBe('DUPLICATE');
    },
  );

  it('is a conflict for a small difference in the same unit', async () => {
    expect(await again(glucose(5.4), glucose(5.41))).toBe('CONFLICT');
    expect(await again(weight(180, 'POUND'), weight(180.01, 'POUND'))).toBe('CONFLICT');
  });

  it('is a conflict when another value differs', async () => {
    const above = (value: number, unit: string) => glucose(value, unit, 'GREATER_THAN');
    expect(await again(above(33.3, 'MILLIMOLE_PER_LITER'), above(600, 'MILLIGRAM_PER_DECILITER'))).toBe('DUPLICATE');
    expect(await again(above(33.3, 'MILLIMOLE_PER_LITER'), glucose(600, 'MILLIGRAM_PER_DECILITER'))).toBe('CONFLICT');
    const bodyFat = { bodyComposition: { bodyFat: 21, muscleMass: { value: 118.2, unit: 'POUND' } } };
    expect(await again(composition(53.6), bodyFat)).toBe('CONFLICT');
  });
});

describe('a glucose', () => {
  it.each(['FASTING', 'BEFORE_MEAL', 'AFTER_MEAL', null])('can have the meal timing %s', async (mealTiming) => {
    const { id } = await fixture.heldDevice();
    const reading = {
      deviceId: id,
      takenAt: hoursFromNow(-1),
      bloodGlucose: { glucose: { value: 100, unit: 'MILLIGRAM_PER_DECILITER' }, mealTiming },
    };
    const { results } = await fixture.record([reading]);
    expect(results).toMatchObject([{ outcome: 'RECORDED', reading: { mealTiming } }]);
  });

  it.each(['LESS_THAN', 'GREATER_THAN', null])('can have the comparator %s', async (comparator) => {
    const { id } = await fixture.heldDevice();
    const reading = {
      deviceId: id,
      takenAt: hoursFromNow(-1),
      bloodGlucose: { glucose: { value: 600, unit: 'MILLIGRAM_PER_DECILITER', comparator } },
    };
    const { results } = await fixture.record([reading]);
    expect(results).toMatchObject([{ outcome: 'RECORDED', reading: { glucose: 600, comparator } }]);
    expect(
      outcomesOf(
        await fixture.record([reading, { ...reading, ...glucose(600, 'MILLIGRAM_PER_DECILITER', 'LESS_THAN') }]),
      ),
    ).toEqual(['DUPLICATE', comparator === 'LESS_THAN' ? 'DUPLICATE' : 'CONFLICT']);
  });
});

it('a glucose beyond the limits of the meter is found by its comparator, in lists and charts', async () => {
  const patientId = await fixture.devices.patient();
  const { id } = await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' });
  const sent = [glucose(33.3, undefined, 'GREATER_THAN'), glucose(1.1, undefined, 'LESS_THAN'), glucose(5.4)];
  const { results } = await fixture.record(
    sent.map((values, index) => ({ deviceId: id, takenAt: hoursFromNow(-1, index), ...values })),
  );
  const [high, low] = results.map(({ reading }) => reading!.databaseId);
  for (const [comparators, ids] of [
    [['GREATER_THAN'], [high]],
    [['LESS_THAN'], [low]],
    [
      ['LESS_THAN', 'GREATER_THAN'],
      [low, high],
    ],
    [[], []],
  ] as const)
    for (const [parent, parentId] of [
      ['Device', id],
      ['Patient', patientId],
    ] as const)
      expect(await walk(fixture.app, readingsOf(parent, parentId, { comparators: [...comparators] }), 1)).toEqual(ids);
  const trend = (filter: string) =>
    `readingTrend(kind: BLOOD_GLUCOSE, bucket: DAY, period: { from: "${hoursFromNow(-24)}", to: "${hoursFromNow(0)}" }, filter: { ${filter} })
       { measurements(units: [MILLIMOLE_PER_LITER]) { min max lessThanCount greaterThanCount } }`;
  const { patient } = await fixture.app.data<{ patient: object }>(
    'northside',
    `{ patient(id: ${patientId}) { all: ${trend('')} high: ${trend('comparators: [GREATER_THAN]')} } }`,
  );
  expect(patient).toEqual({
    all: [{ measurements: [{ min: 1.1, max: 33.3, lessThanCount: 1, greaterThanCount: 1 }] }],
    high: [{ measurements: [{ min: 33.3, max: 33.3, lessThanCount: 0, greaterThanCount: 1 }] }],
  });
});

it('the database refuses a choice or a unit that the kind does not have', async () => {
  const { id } = await fixture.heldDevice();
  await fixture.record([{ deviceId: id, takenAt: hoursFromNow(-1), ...weight(80) }]);
  for (const change of [`sent_unit = 'CELSIUS'`, `comparator = 'LESS_THAN'`, `meal_timing = 'FASTING'`])
    await expect(fixture.sql(`update reading set ${change} where device_id = $1`, [id])).rejects.toThrow(
      'reading_choices',
    );
});

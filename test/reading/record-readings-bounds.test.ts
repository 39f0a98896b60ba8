import { KINDS } from '../../src/features/kind/reading-kind';
import { hoursFromNow, NOW, ReadingFixture, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
let device: { id: string; serial: string };
beforeAll(async () => {
  fixture = await ReadingFixture.start();
  device = await fixture.heldDevice();
});
afterAll(() => fixture.stop());

let instants = 0;

/** A reading at a unique time by default. */
const reading = (members: Record<string, unknown>): ReadingInput => ({
  deviceId: device.id,
  takenAt: hoursFromNow(-1, -(instants += 1)),
  ...members,
});

async function expectRecorded(members: Record<string, unknown>): Promise<void> {
  const { results } = await fixture.record([reading(members)]);
  expect(results).toMatchObject([{ outcome: 'RECORDED', userErrors: [] }]);
}

type Rule = [path: string, message: string];

/** Asserts that each reading, sent after a valid one, is refused for its broken rules, and that nothing is written. */
async function expectAllInvalid(readings: { members: Record<string, unknown>; rules: Rule[] }[]): Promise<void> {
  const fine = reading({ heartRate: { value: 60 } });
  await fixture.record([fine]);

  const { results } = await fixture.expectNothingWritten(() =>
    fixture.record([fine, ...readings.map(({ members }) => reading(members))]),
  );

  expect(results[0]!.outcome).toBe('DUPLICATE');
  expect(results.slice(1)).toEqual(
    readings.map(({ rules }, index) => ({
      outcome: 'REFUSED',
      reading: null,
      userErrors: rules.map(([path, message]) => ({
        code: 'INVALID_READING',
        message,
        path: ['input', 'readings', String(index + 1), ...path.split('.').filter((member) => member !== '')],
      })),
    })),
  );
}

const expectInvalid = (members: Record<string, unknown>, ...rules: Rule[]) => expectAllInvalid([{ members, rules }]);

/** Quantities of docs/glossary.md#bounds, and readings with other valid values. */
const QUANTITIES: [
  path: string,
  min: number,
  max: number,
  symbol: string,
  outside: [number, number],
  of: (value: number) => Record<string, unknown>,
][] = [
  [
    'bloodPressure.systolic',
    30,
    300,
    'mmHg',
    [29, 301],
    (systolic) => ({ bloodPressure: { systolic, diastolic: 10 } }),
  ],
  [
    'bloodPressure.diastolic',
    10,
    200,
    'mmHg',
    [9, 201],
    (diastolic) => ({ bloodPressure: { systolic: 300, diastolic } }),
  ],
  [
    'bloodPressure.heartRate',
    10,
    300,
    'bpm',
    [9, 301],
    (heartRate) => ({ bloodPressure: { systolic: 120, diastolic: 80, heartRate } }),
  ],
  [
    'bloodGlucose.glucose.value',
    10,
    1000,
    'mg/dL',
    [9.9999999, 1000.0000001],
    (value) => ({ bloodGlucose: { glucose: { value, unit: 'MILLIGRAM_PER_DECILITER' } } }),
  ],
  [
    'bloodGlucose.glucose.value',
    0.56,
    55.5,
    'mmol/L',
    [0.55, 55.51],
    (value) => ({ bloodGlucose: { glucose: { value, unit: 'MILLIMOLE_PER_LITER' } } }),
  ],
  ['bloodOxygen.bloodOxygen', 30, 100, '%', [29, 101], (bloodOxygen) => ({ bloodOxygen: { bloodOxygen } })],
  ['bloodOxygen.heartRate', 10, 300, 'bpm', [9, 301], (heartRate) => ({ bloodOxygen: { bloodOxygen: 97, heartRate } })],
  ['weight.value', 1, 1500, 'lb', [0.9999999, 1500.0000001], (value) => ({ weight: { value, unit: 'POUND' } })],
  ['weight.value', 0.46, 680.38, 'kg', [0.45, 680.39], (value) => ({ weight: { value, unit: 'KILOGRAM' } })],
  ['heartRate.value', 10, 300, 'bpm', [9, 301], (value) => ({ heartRate: { value } })],
  [
    'temperature.value',
    70,
    115,
    '°F',
    [69.9999999, 115.0000001],
    (value) => ({ temperature: { value, unit: 'FAHRENHEIT' } }),
  ],
  ['temperature.value', 21.12, 46.11, '°C', [21.11, 46.12], (value) => ({ temperature: { value, unit: 'CELSIUS' } })],
  [
    'peakFlow.peakExpiratoryFlow',
    10,
    1000,
    'L/min',
    [9.9999999, 1000.0000001],
    (peakExpiratoryFlow) => ({ peakFlow: { peakExpiratoryFlow } }),
  ],
  [
    'peakFlow.forcedExpiratoryVolumeInOneSecond',
    0.1,
    12,
    'L',
    [0.0999999, 12.0000001],
    (forcedExpiratoryVolumeInOneSecond) => ({
      peakFlow: { peakExpiratoryFlow: 400, forcedExpiratoryVolumeInOneSecond },
    }),
  ],
  ['respiratoryRate.value', 4, 80, 'breaths/min', [3, 81], (value) => ({ respiratoryRate: { value } })],
  ['bodyComposition.bodyFat', 2, 75, '%', [1.9999999, 75.0000001], (bodyFat) => ({ bodyComposition: { bodyFat } })],
  [
    'bodyComposition.muscleMass.value',
    5,
    300,
    'lb',
    [4.9999999, 300.0000001],
    (value) => ({ bodyComposition: { bodyFat: 20, muscleMass: { value, unit: 'POUND' } } }),
  ],
  [
    'bodyComposition.muscleMass.value',
    2.27,
    136.07,
    'kg',
    [2.26, 136.08],
    (value) => ({ bodyComposition: { bodyFat: 20, muscleMass: { value, unit: 'KILOGRAM' } } }),
  ],
];

const NOT_ABOVE: Rule = ['bloodPressure.systolic', 'bloodPressure.systolic must be above diastolic.'];

/** Of a number that is impossible in its unit, but possible in another one. */
function otherUnitOf(path: string, unit: string, value: number): string {
  const other = QUANTITIES.find(
    ([of, min, max, symbol]) => of === path && symbol !== unit && value >= min && value <= max,
  );
  return other ? ` In ${other[3]} the number would be possible: check its unit.` : '';
}

describe.each(QUANTITIES)('%s from %d to %d %s', (path, min, max, symbol, outside, of) => {
  it(`accepts ${min} and ${max}`, async () => {
    const { results } = await fixture.record([reading(of(min)), reading(of(max))]);
    expect(results).toMatchObject([{ outcome: 'RECORDED' }, { outcome: 'RECORDED' }]);
  });

  it(`refuses ${outside.join(' and ')} and values far outside`, async () => {
    await expectAllInvalid(
      [...outside, -min, 0, max * 1_000].map((value) => {
        const members = of(value);
        const { systolic, diastolic } = (members.bloodPressure ?? {}) as Record<string, number>;
        const rule = `${path} must be between ${min} and ${max} ${symbol}.`;
        const rules: Rule[] = [[path, `${rule}${otherUnitOf(path, symbol, value)}`]];
        return { members, rules: systolic! <= diastolic! ? [...rules, NOT_ABOVE] : rules };
      }),
    );
  });
});

describe('the systolic pressure', () => {
  const pressure = (systolic: number, diastolic: number) => ({ bloodPressure: { systolic, diastolic } });

  it('must be above the diastolic pressure', async () => {
    await expectRecorded(pressure(81, 80));
    await expectInvalid(pressure(80, 80), NOT_ABOVE);
    await expectInvalid(pressure(79, 80), NOT_ABOVE);
  });
});

describe('takenAt', () => {
  const weight = { weight: { value: 180, unit: 'POUND' } };

  it("can be exactly 24 hours ahead of the gateway's clock", async () => {
    await expectRecorded({ takenAt: '2026-06-16T12:00:00.000Z', ...weight });
    await expectInvalid({ takenAt: '2026-06-16T12:00:00.001Z', ...weight }, [
      'takenAt',
      'takenAt must not be more than 24 hours in the future.',
    ]);
    expect(NOW.toISOString()).toBe('2026-06-15T12:00:00.000Z');
  });

  it('can be the first millisecond of 2000, and not earlier', async () => {
    await expectRecorded({ takenAt: '2000-01-01T00:00:00.000Z', ...weight });
    await expectInvalid({ takenAt: '1999-12-31T23:59:59.999Z', ...weight }, [
      'takenAt',
      'takenAt must not be before 2000.',
    ]);
    // Already 2000 in that time zone, but not in UTC.
    await expectInvalid({ takenAt: '2000-01-01T00:59:59+01:00', ...weight }, [
      'takenAt',
      'takenAt must not be before 2000.',
    ]);
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])('must not be %s', async (takenAt) => {
    const rule = takenAt < '2' ? 'must not be before 2000' : 'must not be more than 24 hours in the future';
    await expectInvalid({ takenAt, ...weight }, ['takenAt', `takenAt ${rule}.`]);
  });
});

describe('deviceTimeZoneOffset', () => {
  const weight = { weight: { value: 180, unit: 'POUND' } };

  it.each([-64_800, 0, 64_800])('can be %d', async (deviceTimeZoneOffset) => {
    const { results } = await fixture.record([reading({ deviceTimeZoneOffset, ...weight })]);
    expect(results).toMatchObject([{ outcome: 'RECORDED', reading: { deviceTimeZoneOffset } }]);
  });

  it.each([-64_801, 64_801, 2_147_483_647])('must not be %d', async (deviceTimeZoneOffset) => {
    await expectInvalid({ deviceTimeZoneOffset, ...weight }, [
      'deviceTimeZoneOffset',
      'deviceTimeZoneOffset must be between -64800 and 64800 seconds.',
    ]);
  });
});

describe('a reading', () => {
  const exactlyOne = `A reading must have exactly one of ${KINDS.map(({ member }) => member).join(', ')}. This one has`;

  it('of no kind is refused', async () => {
    await expectInvalid({}, ['', `${exactlyOne} none.`]);
    await expectInvalid({ weight: null }, ['', `${exactlyOne} none.`]);
  });

  it('of two or three kinds is refused', async () => {
    const weight = { value: 180, unit: 'POUND' };
    const heartRate = { value: 60 };
    const temperature = { value: 98, unit: 'FAHRENHEIT' };
    await expectInvalid({ heartRate, weight }, ['', `${exactlyOne} weight and heartRate.`]);
    await expectInvalid({ weight, temperature, heartRate }, [
      '',
      `${exactlyOne} weight and heartRate and temperature.`,
    ]);
  });

  it('of one kind and a null for another is recorded', async () => {
    await expectRecorded({ weight: { value: 180, unit: 'POUND' }, heartRate: null });
  });

  it('that breaks several rules gets all errors', async () => {
    const takenAt = '1999-01-01T00:00:00Z';
    await expectInvalid(
      { takenAt, deviceTimeZoneOffset: 70_000, bloodPressure: { systolic: 301, diastolic: 301, heartRate: 5 } },
      ['takenAt', 'takenAt must not be before 2000.'],
      ['deviceTimeZoneOffset', 'deviceTimeZoneOffset must be between -64800 and 64800 seconds.'],
      ['bloodPressure.systolic', 'bloodPressure.systolic must be between 30 and 300 mmHg.'],
      ['bloodPressure.diastolic', 'bloodPressure.diastolic must be between 10 and 200 mmHg.'],
      ['bloodPressure.heartRate', 'bloodPressure.heartRate must be between 10 and 300 bpm.'],
      NOT_ABOVE,
    );
    await expectInvalid(
      { takenAt: hoursFromNow(25), deviceTimeZoneOffset: -70_000 },
      ['takenAt', 'takenAt must not be more than 24 hours in the future.'],
      ['deviceTimeZoneOffset', 'deviceTimeZoneOffset must be between -64800 and 64800 seconds.'],
      ['', `${exactlyOne} none.`],
    );
  });
});

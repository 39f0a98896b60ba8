import { csv, flows, HEADER, ImportFixture } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const run = async (content: string, ...args: string[]) => {
  await fixture.write('r.csv', content);
  return fixture.run('r.csv', { args });
};
const AT = '2026-06-10T17:30:00Z';

describe('a time', () => {
  const taken = async (cell: string, ...args: string[]) => {
    await run(`deviceId,takenAt,peakExpiratoryFlow\n1,"${cell}",400\n`, ...args);
    return fixture.gateway.sent[0]?.takenAt ?? (await fixture.refused('r.csv.refused.csv'))[0]!.reasons;
  };
  const CHICAGO = ['--zone', 'America/Chicago'];

  it.each([
    ['2026-06-10T17:30:00Z', '2026-06-10T17:30:00Z'],
    ['2026-06-10T17:30:00.123456+01:00', '2026-06-10T17:30:00.123456+01:00'],
    ['2026-06-10T17:30+01:00', '2026-06-10T17:30:00+01:00'],
    ['2026-05-02 10:00:00+00:00', '2026-05-02T10:00:00Z'],
    ['2026-05-02T10:00:00+0000', '2026-05-02T10:00:00Z'],
    ['2026-05-02T10:00:00-03', '2026-05-02T10:00:00-03:00'],
    ['2026-05-02 10:00:00 -0500', '2026-05-02T10:00:00-05:00'],
    ['2026-05-02 10:00:00 UTC', '2026-05-02T10:00:00Z'],
    ['2026-05-02t10:00z', '2026-05-02T10:00:00Z'],
    ['2026-05-02T10:00:00,5+05:30', '2026-05-02T10:00:00.500+05:30'],
    ['20260502T100000Z', '2026-05-02T10:00:00Z'],
    ['20260502T1000+0200', '2026-05-02T10:00:00+02:00'],
    ['2026-W18-6T10:00Z', '2026-05-02T10:00:00Z'],
    ['2026-122T10:00Z', '2026-05-02T10:00:00Z'],
    ['2026-05-02T24:00:00Z', '2026-05-03T00:00:00Z'],
    ['2026-05-02T10:00:00\u22125:00'.replace('5:', '05:'), '2026-05-02T10:00:00-05:00'],
  ])('in ISO 8601 with a UTC offset is taken: %s', async (cell, expected) => {
    expect(await taken(cell)).toBe(expected);
  });

  it.each([
    ['2026-06-10T17:30:00', [], '2026-06-10T17:30:00-05:00'],
    ['2026-01-10 17:30', [], '2026-01-10T17:30:00-06:00'],
    ['2026-01-10 5:30 PM', [], '2026-01-10T17:30:00-06:00'],
    ['2026-01-10, 12:05:09 a.m.', [], '2026-01-10T00:05:09-06:00'],
    ['2026-01-10T17:30Z', [], '2026-01-10T17:30:00Z'],
    ['03/04/2026 17:30', ['--date-format', 'MM/dd/yyyy'], '2026-03-04T17:30:00-06:00'],
    ['03/04/2026 17:30', ['--date-format', 'dd/MM/yyyy'], '2026-04-03T17:30:00-05:00'],
    ['3.4.26 7:30', ['--date-format', 'D.M.YY'], '2026-04-03T07:30:00-05:00'],
    ['Jun 10, 2026 5:30 PM', ['--date-format', 'MMM d, yyyy'], '2026-06-10T17:30:00-05:00'],
    ['10 June 2026 at 17h30', ['--date-format', "d MMMM yyyy 'at' HH'h'mm"], '2026-06-10T17:30:00-05:00'],
    ['06/10/26 05:30 pm', ['--date-format', 'MM/DD/YY hh:mm A'], '2026-06-10T17:30:00-05:00'],
    ['10.06.2026 17:30 +02:00', ['--date-format', 'dd.MM.yyyy HH:mm ZZ'], '2026-06-10T17:30:00+02:00'],
    ['10.06.2026 17:30 +0200', ['--date-format', 'dd.MM.yyyy'], '2026-06-10T17:30:00+02:00'],
  ])('%s with --zone and %j', async (cell, args, expected) => {
    expect(await taken(cell, ...CHICAGO, ...args)).toBe(expected);
  });

  it.each([
    [
      '2026-06-10T17:30:00',
      [],
      'takenAt has no UTC offset: "2026-06-10T17:30:00". Say with --zone in which zone the times are, like --zone America/Chicago.',
    ],
    [
      '03/04/2026 17:30',
      CHICAGO,
      'takenAt is not written as in ISO 8601: "03/04/2026". Say with --date-format how it is written, like --date-format MM/dd/yyyy.',
    ],
    ['2026-06-10', CHICAGO, 'takenAt must have a date and a time of day, not "2026-06-10".'],
    [
      '10.06.2026',
      [...CHICAGO, '--date-format', 'dd.MM.yyyy'],
      'takenAt must have a date and a time of day, not "10.06.2026".',
    ],
    [
      '31.02.2026 10:00',
      [...CHICAGO, '--date-format', 'dd.MM.yyyy'],
      'takenAt must have a date like the --date-format dd.MM.yyyy, not "31.02.2026".',
    ],
    ['2026-06-10 25:00', CHICAGO, 'takenAt is not a time that exists: "2026-06-10 25:00".'],
    ['2026-06-10 13:00 PM', CHICAGO, 'takenAt has a time of day that does not exist: "2026-06-10 13:00 PM".'],
    ['2026-06-10T17:60Z', [], 'takenAt is not a time that exists: "2026-06-10T17:60Z".'],
    [
      '2026-03-08 02:30',
      CHICAGO,
      'takenAt does not exist in America/Chicago: "2026-03-08 02:30". The clocks were set forward over it. Write it with its UTC offset.',
    ],
    [
      '2026-11-01 01:30',
      CHICAGO,
      'takenAt occurs twice in America/Chicago: "2026-11-01 01:30". The clocks were set back over it. Write 2026-11-01T01:30:00-05:00 or 2026-11-01T01:30:00-06:00.',
    ],
  ])('that is not one time is refused: %s with %j', async (cell, args, reason) => {
    expect(await taken(cell, ...args)).toBe(reason);
  });

  it.each([
    ['2026-03-08 01:59', '2026-03-08T01:59:00-06:00'],
    ['2026-03-08 03:00', '2026-03-08T03:00:00-05:00'],
    ['2026-11-01 00:59', '2026-11-01T00:59:00-05:00'],
    ['2026-11-01 02:00', '2026-11-01T02:00:00-06:00'],
  ])('beside a change of daylight saving time is one time: %s', async (cell, expected) => {
    expect(await taken(cell, ...CHICAGO)).toBe(expected);
  });

  it('can be in two columns', async () => {
    await run(
      'deviceId,takenDate,takenTime,peakExpiratoryFlow\n1,06/10/2026,5:30 PM,400\n1,06/10/2026,,410\n',
      ...CHICAGO,
      '--date-format',
      'MM/dd/yyyy',
    );
    expect(fixture.gateway.sent).toMatchObject([{ takenAt: '2026-06-10T17:30:00-05:00' }]);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { reasons: 'takenAt must have a date and a time of day, not "06/10/2026".' },
    ]);
  });

  it('in NDJSON is taken alike', async () => {
    const reading = (takenAt: string) => JSON.stringify({ deviceId: '1', takenAt, heartRate: { value: 70 } });
    await fixture.write(
      'r.ndjson',
      `${reading('2026-06-10 17:30')}\n${reading('2026-06-10T17:30+01:00')}\n${reading('soon')}\n`,
    );
    await fixture.run('r.ndjson', { args: CHICAGO });
    expect(fixture.gateway.sent.map(({ takenAt }) => takenAt)).toEqual([
      '2026-06-10T17:30:00-05:00',
      '2026-06-10T17:30:00+01:00',
    ]);
    expect(await fixture.refusedNdjson('r.ndjson.refused.ndjson')).toMatchObject([
      { line: 3, takenAt: 'soon', codes: ['BAD_USER_INPUT'] },
    ]);
  });

  it.each([
    [['--zone', 'Chicago'], 'It must be an IANA time zone, like America/Chicago.'],
    [['--zone', 'CST'], 'It must be an IANA time zone, like America/Chicago.'],
    [['--zone', 'America/Springfield'], 'It must be an IANA time zone, like America/Chicago.'],
    [['--date-format', 'MM/dd'], 'It must have a year (yyyy), a month (MM) and a day (dd), like'],
    [['--date-format', 'MM/dd/yyyy hh:mm'], 'Hours of 12 (h) need AM or PM (a), hours of 24 are H.'],
  ])('needs valid options: %j', async (args, message) => {
    const { exitCode, err } = await run(csv(flows(1)), ...args);
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
  });
});

const MG = ['--units', 'mg/dL'];
const LIMITS = [...MG, '--glucose-limits', '20-600'];

describe('a glucose beyond the limits of the meter', () => {
  it.each([
    ['HI', LIMITS, 'GREATER_THAN', 600, 'MILLIGRAM_PER_DECILITER'],
    ['High', LIMITS, 'GREATER_THAN', 600, 'MILLIGRAM_PER_DECILITER'],
    ['LO', LIMITS, 'LESS_THAN', 20, 'MILLIGRAM_PER_DECILITER'],
    ['low', LIMITS, 'LESS_THAN', 20, 'MILLIGRAM_PER_DECILITER'],
    ['HI', ['--units', 'mmol/L', '--glucose-limits', '1.1-33.3'], 'GREATER_THAN', 33.3, 'MILLIMOLE_PER_LITER'],
    ['LO mmol/L', ['--glucose-limits', '1.1 to 33.3'], 'LESS_THAN', 1.1, 'MILLIMOLE_PER_LITER'],
    ['>600', MG, 'GREATER_THAN', 600, 'MILLIGRAM_PER_DECILITER'],
    ['> 500', LIMITS, 'GREATER_THAN', 500, 'MILLIGRAM_PER_DECILITER'],
    ['<20', MG, 'LESS_THAN', 20, 'MILLIGRAM_PER_DECILITER'],
    ['< 1.1 mmol/L', [], 'LESS_THAN', 1.1, 'MILLIMOLE_PER_LITER'],
  ])('%s with %j', async (cell, args, comparator, value, unit) => {
    // Its unit can be in another line.
    const other = args.includes('--units') ? '' : `1,${AT.replace('30', '31')},5.4 mmol/L\n`;
    const { err } = await run(`deviceId,takenAt,glucose\n1,${AT},${cell}\n${other}`, ...args);
    expect(err).toBe('');
    expect(fixture.gateway.sent[0]).toEqual({
      deviceId: '1',
      takenAt: AT,
      bloodGlucose: { glucose: { comparator, value, unit } },
    });
  });

  it.each(['600', '600-20', 'HI'])('has limits that must be a range, not %s', async (limits) => {
    const { exitCode, err } = await run(`deviceId,takenAt,glucose\n1,${AT},HI\n`, ...MG, '--glucose-limits', limits);
    expect(exitCode).toBe(1);
    expect(err).toContain('It must be a range, like 20-600 or 1.1-33.3.');
  });
});

describe('a quantity', () => {
  const KG = { value: 83, unit: 'KILOGRAM' };

  it.each([
    ['weight', '83.00 kg', [], { weight: KG }],
    ['weight', '83.00kgs', [], { weight: KG }],
    ['weight', '83.00', ['--units', 'kg'], { weight: KG }],
    ['weight', '183 lbs', ['--units', 'lb'], { weight: { value: 183, unit: 'POUND' } }],
    ['Weight (kg)', '83', ['--columns', 'Weight (kg)=weight'], { weight: KG }],
    ['weight_kg', '83', ['--columns', 'weight_kg=weight'], { weight: KG }],
    ['glucose', '5.4 mmol/l', [], { bloodGlucose: { glucose: { value: 5.4, unit: 'MILLIMOLE_PER_LITER' } } }],
    [
      'glucose',
      '104',
      ['--units', 'kg, mg/dL'],
      { bloodGlucose: { glucose: { value: 104, unit: 'MILLIGRAM_PER_DECILITER' } } },
    ],
    [
      'Glucose mg/dL',
      '104',
      ['--columns', 'Glucose mg/dL=glucose'],
      { bloodGlucose: { glucose: { value: 104, unit: 'MILLIGRAM_PER_DECILITER' } } },
    ],
    ['temperature', '36.8 C', [], { temperature: { value: 36.8, unit: 'CELSIUS' } }],
    ['temperature', '36.8', ['--units', '°C'], { temperature: { value: 36.8, unit: 'CELSIUS' } }],
    ['temperature', '98.6', ['--units', 'FAHRENHEIT'], { temperature: { value: 98.6, unit: 'FAHRENHEIT' } }],
    ['bloodOxygen', '97 %', [], { bloodOxygen: { bloodOxygen: 97 } }],
    ['bloodOxygen', '97%', [], { bloodOxygen: { bloodOxygen: 97 } }],
    ['heartRate', '71 bpm', [], { heartRate: { value: 71 } }],
    ['peakExpiratoryFlow', '400 L/min', [], { peakFlow: { peakExpiratoryFlow: 400 } }],
  ])('%s with the cell %s and %j', async (column, cell, args, values) => {
    const { err } = await run(`deviceId,takenAt,${column}\n1,${AT},${cell}\n`, ...args);
    expect(err).toBe('');
    expect(fixture.gateway.sent).toEqual([{ deviceId: '1', takenAt: AT, ...values }]);
  });

  it.each([
    ['systolic,diastolic', '128,12O', [], 'bloodPressure.diastolic must be a whole number in mmHg, not "12O".'],
    ['systolic,diastolic', '17 kPa,80', [], 'bloodPressure.systolic must be a whole number in mmHg, not "17 kPa".'],
    ['systolic,diastolic', '128.5,80', [], 'bloodPressure.systolic must be a whole number in mmHg, not 128.5.'],
    ['weight', '13 st', ['--units', 'lb'], 'weight.value must be a number in lb or kg, not "13 st".'],
    ['weight', '83 kg', ['--units', 'lb'], 'weight.value is "83 kg", but its unit is given as POUND.'],
    ['weight,weightUnit', '83 kg,lb', [], 'weight.value is "83 kg", but its unit is given as lb.'],
    ['glucose', '>=600', MG, 'bloodGlucose.glucose.value must be a number in mg/dL or mmol/L, not ">=600".'],
    ['glucose', 'hiccup', LIMITS, 'bloodGlucose.glucose.value must be a number in mg/dL or mmol/L, not "hiccup".'],
    ['weight', '>300', ['--units', 'lb'], 'weight.value must be a number in lb or kg, not ">300".'],
    [
      'glucose',
      'HI',
      MG,
      'bloodGlucose.glucose.value is "HI": more or less than the meter can show. Say with --glucose-limits what it shows at least and at most, like --glucose-limits 20-600.',
    ],
    [
      'glucose,glucoseComparator',
      'HI,LESS_THAN',
      LIMITS,
      'bloodGlucose.glucose.value is "HI", but its comparator is given as LESS_THAN.',
    ],
  ])('that is wrong says its unit: %s with %s', async (columns, cells, args, reason) => {
    await run(`deviceId,takenAt,${columns}\n1,${AT},${cells}\n`, ...args);
    expect(fixture.gateway.sent).toEqual([]);
    expect((await fixture.refused('r.csv.refused.csv')).map(({ reasons }) => reasons)).toEqual([reason]);
  });

  it.each([
    [
      'weight',
      [],
      'The column weightUnit is missing. It is required with weight. Or say the unit of all lines: --units lb or --units kg.',
    ],
    ['weight', ['--units', 'stone'], '--units: "stone" is not a unit of a measurement.'],
    [
      'Weight (kg)',
      ['--columns', 'Weight (kg)=weight', '--units', 'lb'],
      'The column "Weight (kg)" is in KILOGRAM, but the unit is given as POUND.',
    ],
    ['Weight (st)', ['--columns', 'Weight (st)=weight'], 'The column "Weight (st)" must be in lb or kg to be weight.'],
    [
      'Pressure (kPa)',
      ['--columns', 'Pressure (kPa)=systolic'],
      'The column "Pressure (kPa)" must be in mmHg to be systolic.',
    ],
  ])('whose unit is unknown or contradicted fails the import: %s with %j', async (column, args, message) => {
    const { exitCode, err } = await run(`deviceId,takenAt,${column}\n1,${AT},83\n`, ...args);
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(fixture.gateway.calls).toEqual([]);
  });
});

describe('separators', () => {
  const READING = { deviceId: '1', takenAt: AT, weight: { value: 83.5, unit: 'KILOGRAM' } };

  it.each([
    ['semicolons', `deviceId;takenAt;weight;weightUnit\n1;${AT};83,5;kg\n`],
    ['semicolons, with a decimal point', `deviceId;takenAt;weight;weightUnit\n1;${AT};83.5;kg\n`],
    ['semicolons, with a quoted header', `"deviceId";"takenAt";"weight";"weightUnit"\n"1";"${AT}";"83,5";"kg"\n`],
    ['tabs', `deviceId\ttakenAt\tweight\tweightUnit\n1\t${AT}\t83.5\tkg\n`],
    ['quoted cells and commas', `"deviceId","takenAt","weight","weightUnit"\n"1","${AT}","83.5","kg"\n`],
    ['a line that names the separator', `sep=;\ndeviceId;takenAt;weight;weightUnit\n1;${AT};83,5;kg\n`],
    ['a separator at the end of each line', `deviceId,takenAt,weight,weightUnit\n1,${AT},83.5,kg,\n`],
    ['a byte-order mark', `\ufeff"deviceId";"takenAt";"weight";"weightUnit"\r\n1;${AT};83,5;kg\r\n`],
  ])('%s', async (_what, content) => {
    expect(await run(content)).toMatchObject({ exitCode: 0, err: '' });
    expect(fixture.gateway.sent).toEqual([READING]);
  });

  it('are those of the file in the file of refused lines', async () => {
    await run(`deviceId;takenAt;weight;weightUnit\n1;${AT};83,5O;kg\n`);
    const refused = await fixture.read('r.csv.refused.csv');
    expect(refused).toBe(
      `deviceId;takenAt;weight;weightUnit;line;codes;reasons\n1;${AT};83,5O;kg;2;BAD_USER_INPUT;"weight.value must be a number in lb or kg, not ""83,5O""."\n`,
    );
    await run(refused.replace('5O;', '5;'));
    expect(fixture.gateway.sent).toEqual([READING]);
  });

  it('of a file whose header is after other lines', async () => {
    const before = 'Patient;Ruth, Brooks\n\n"Report of ""all"" values"\n';
    await run(
      `${before}Id;When;Weight (kg)\n1;${AT};83,5\n1;${AT};x\n`,
      '--columns',
      'Id=deviceId,When=takenAt,Weight (kg)=weight',
    );
    expect(fixture.gateway.sent).toEqual([READING]);
    expect(await fixture.read('r.csv.refused.csv')).toMatch(
      /^Id;When;Weight \(kg\);line;codes;reasons\n1;.*;x;6;BAD_USER_INPUT;/,
    );
  });
});

describe('lines with several kinds of readings or none', () => {
  it('are several readings or none', async () => {
    const header = 'deviceId,takenAt,weight,bodyFat,systolic,diastolic,glucose,mealTiming,note';
    const { out, exitCode } = await run(
      `${header}\n1,${AT},83,24,120,80,,,\n1,${AT},,,,,,FASTING,slept badly\n1,2026-06-10T17:31:00Z,-,--,121,81,,,\n`,
      '--units',
      'kg, mg/dL',
      '--columns',
      'weight=weight',
    );
    expect({ exitCode, kinds: fixture.gateway.sent.map((reading) => Object.keys(reading)[2]) }).toEqual({
      exitCode: 0,
      kinds: ['weight', 'bodyComposition', 'bloodPressure', 'bloodPressure'],
    });
    expect(out).toContain('3 lines');
    expect(out).toContain('  recorded   4\n  duplicates 0\n  conflicts  0\n  refused    0\n  empty      1\n');
  });

  it('are refused once, with all reasons', async () => {
    await run(`deviceId,takenAt,weight,systolic,diastolic\n1,${AT},heavy,120,x\n`, '--units', 'kg');
    expect((await fixture.refused('r.csv.refused.csv')).map(({ reasons }) => reasons)).toEqual([
      'weight.value must be a number in lb or kg, not "heavy". bloodPressure.diastolic must be a whole number in mmHg, not "x".',
    ]);
  });

  it('do not exceed the size of a call', async () => {
    const lines = Array.from({ length: 25 }, (_, index) => `1,2026-01-01T00:${10 + index}:00Z,83,120,80`);
    await run(csv(lines, 'deviceId,takenAt,weight,systolic,diastolic'), '--units', 'kg', '--batch-size', '5');
    expect(Math.max(...fixture.gateway.calls.map(({ readings }) => readings.length))).toBe(4);
    expect(fixture.gateway.sent).toHaveLength(50);
    fixture.gateway.calls.length = 0;
    await fixture.run('r.csv', { args: ['--units', 'kg', '--batch-size', '1'] });
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual(Array(25).fill(2));
  });
});

describe('when the first 100 lines fail alike', () => {
  const wrong = (count: number) => flows(count).map((line) => line.replace('Z,', ','));

  it('the import says so once and stops before it sends or writes anything', async () => {
    const { exitCode, out, err } = await run(csv([...wrong(100), ...flows(10, 100)]));
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toBe(
      'error: The first 100 lines were refused for the same reason. takenAt has no UTC offset: "2026-01-01T00:00:00.000". ' +
        'Say with --zone in which zone the times are, like --zone America/Chicago. Nothing was imported. Correct the file or the options, and try a --dry-run.\n',
    );
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it('also when the gateway refuses them, and the next run starts from the beginning', async () => {
    fixture.gateway.refuse = ({ deviceIdentifier }) =>
      deviceIdentifier === 'BPM-1' ? { code: 'DEVICE_NOT_FOUND', message: 'There is no such device.' } : undefined;
    const { exitCode, out, err } = await run(csv(flows(500)), '--batch-size', '100');
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toContain(
      'error: The first 100 lines were refused for the same reason. There is no such device. Nothing was imported.',
    );
    expect(fixture.gateway.calls).toHaveLength(1);
    expect(await fixture.files()).toEqual(['r.csv']);
    expect((await run(csv(flows(500)), '--columns', `${HEADER.split(',')[1]}=takenAt`)).exitCode).toBe(1);
  });

  it('but not for different reasons, or if one line is valid', async () => {
    expect((await run(csv([...wrong(99), 'half', ...flows(10, 100)]))).exitCode).toBe(2);
    await fixture.write('s.csv', csv([...flows(1), ...wrong(150)]));
    expect((await fixture.run('s.csv')).exitCode).toBe(2);
    expect(fixture.gateway.sent).toHaveLength(11);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { REPOSITORY } from '../support/tool';
import { csv, HEADER, ImportFixture, flows } from './import.harness';

const FIRST = {
  deviceIdentifier: 'BPM-1',
  takenAt: '2026-01-01T00:00:00.000Z',
  peakFlow: { peakExpiratoryFlow: 100 },
};
const SECOND = {
  deviceIdentifier: 'BPM-1',
  takenAt: '2026-01-01T00:01:00.000Z',
  peakFlow: { peakExpiratoryFlow: 100.1 },
};

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const run = async (content: string | Buffer) => {
  await fixture.write('r.csv', content);
  return fixture.run('r.csv');
};

describe('a valid file', () => {
  it('is sent completely and leaves no other files', async () => {
    const { exitCode, out, err } = await run(csv(flows(2)));
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
    expect(fixture.gateway.calls.map(({ authorization }) => authorization)).toEqual(['Bearer a-key']);
    expect(out).toMatch(
      /^Imported r\.csv: 2 lines in \d+\.\d s, [\d,]+ readings\/s\.\n {2}recorded {3}2\n {2}duplicates 0\n {2}conflicts {2}0\n {2}refused {4}0\n$/,
    );
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it.each([
    ['with a byte-order mark', `\ufeff${csv(flows(2))}`],
    ['with CRLF', csv(flows(2)).replaceAll('\n', '\r\n')],
    ['with CRLF in some lines', csv(flows(2)).replace('\n', '\r\n')],
    ['with LF in the header and CRLF after it', csv(flows(2)).replaceAll('\n', '\r\n').replace('\r\n', '\n')],
    ['without a line ending at the end', csv(flows(2)).trimEnd()],
    [
      'with empty lines, blank lines and lines of empty cells',
      csv(['', ...flows(1), '', '  \t', ',,', ...flows(1, 1), '']),
    ],
    ['with spaces around its cells', csv(flows(2)).replaceAll(',', ' , ')],
    ['with quoted cells', csv(flows(2).map((line) => `"${line.replaceAll(',', '","')}"`))],
  ])('%s', async (_what, content) => {
    expect((await run(content)).exitCode).toBe(0);
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
  });

  it('can contain commas, quotation marks and line breaks in quoted cells', async () => {
    const taken = '2026-01-01T00:00:00Z,100';
    await run(csv([`"a,b",${taken}`, `"a ""b""",${taken}`, `"a\nb",${taken}`, `"a\r\nb",${taken}`, `é😀,${taken}`]));
    expect(fixture.gateway.sent.map(({ deviceIdentifier }) => deviceIdentifier)).toEqual([
      'a,b',
      'a "b"',
      'a\nb',
      'a\r\nb',
      'é😀',
    ]);
  });

  it('with only a header sends nothing', async () => {
    expect((await run(csv([]))).exitCode).toBe(0);
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });
});

describe('columns', () => {
  const AT = '2026-01-01T00:00:00Z';

  it.each([
    ['systolic,diastolic,heartRate', '120,80,', { bloodPressure: { systolic: 120, diastolic: 80 } }],
    ['systolic,diastolic,heartRate', '120,80,60', { bloodPressure: { systolic: 120, diastolic: 80, heartRate: 60 } }],
    ['heartRate,bloodOxygen', '60,97', { bloodOxygen: { bloodOxygen: 97, heartRate: 60 } }],
    ['heartRate,bloodOxygen', '60,', { heartRate: { value: 60 } }],
    [
      'glucose,glucoseUnit,mealTiming',
      '99,MILLIGRAM_PER_DECILITER,AFTER_MEAL',
      { bloodGlucose: { glucose: { value: 99, unit: 'MILLIGRAM_PER_DECILITER' }, mealTiming: 'AFTER_MEAL' } },
    ],
    [
      'glucoseUnit,glucoseComparator,glucose',
      'mmol/L,GREATER_THAN,33.3',
      { bloodGlucose: { glucose: { value: 33.3, unit: 'MILLIMOLE_PER_LITER', comparator: 'GREATER_THAN' } } },
    ],
    ['temperature,temperatureUnit', '98.6,FAHRENHEIT', { temperature: { value: 98.6, unit: 'FAHRENHEIT' } }],
    ['temperature,temperatureUnit', '37.1,°C', { temperature: { value: 37.1, unit: 'CELSIUS' } }],
    ['peakExpiratoryFlow', '400', { peakFlow: { peakExpiratoryFlow: 400 } }],
    [
      'forcedExpiratoryVolumeInOneSecond,peakExpiratoryFlow',
      '3.2,400.5',
      { peakFlow: { peakExpiratoryFlow: 400.5, forcedExpiratoryVolumeInOneSecond: 3.2 } },
    ],
    ['respiratoryRate', '16', { respiratoryRate: { value: 16 } }],
    ['bodyFat,muscleMass,muscleMassUnit', '24.5,,lb', { bodyComposition: { bodyFat: 24.5 } }],
    [
      'muscleMass,bodyFat,muscleMassUnit',
      '53.6,24.5,kg',
      { bodyComposition: { bodyFat: 24.5, muscleMass: { value: 53.6, unit: 'KILOGRAM' } } },
    ],
    ['weight,weightUnit', '+0180.50,lb', { weight: { value: 180.5, unit: 'POUND' } }],
    ['systolic,diastolic', '120.0,80', { bloodPressure: { systolic: 120, diastolic: 80 } }],
    [
      'weight,manual,deviceTimeZoneOffset,weightUnit',
      '180,true,-18000,POUND',
      { weight: { value: 180, unit: 'POUND' }, manual: true, deviceTimeZoneOffset: -18000 },
    ],
    // With a named kind, two kinds on a line contradict each other, and are refused by the gateway.
    ['kind,heartRate,bloodOxygen', 'HEART_RATE,60,97', { heartRate: { value: 60 }, bloodOxygen: { bloodOxygen: 97 } }],
    ['kind,heartRate,bloodOxygen', 'BLOOD_OXYGEN,60,97', { bloodOxygen: { bloodOxygen: 97, heartRate: 60 } }],
    // A unit without its number is ignored.
    ['weight,weightUnit,systolic,diastolic', ',kg,120,80', { bloodPressure: { systolic: 120, diastolic: 80 } }],
    [
      'kind,weight,weightUnit,heartRate',
      'WEIGHT,180,POUND,60',
      { weight: { value: 180, unit: 'POUND' }, heartRate: { value: 60 } },
    ],
  ])('%s with %s', async (columns, cells, values) => {
    await run(`deviceId,takenAt,${columns}\n007,${AT},${cells}\n`);
    expect(fixture.gateway.sent).toEqual([{ deviceId: '007', takenAt: AT, ...values }]);
  });

  it('can name patients, and can have any order', async () => {
    await run(
      `weight,weightUnit,manual,takenAt,patientExternalIdentifier,patientId,deviceId\n180,POUND,true,${AT},MRN-1,12,\n`,
    );
    expect(fixture.gateway.sent).toEqual([
      {
        patientExternalIdentifier: 'MRN-1',
        patientId: '12',
        takenAt: AT,
        manual: true,
        weight: { value: 180, unit: 'POUND' },
      },
    ]);
  });

  it.each([
    ['takenAt,deviceId,beforeMeal', 'The column "beforeMeal" is unknown. Known columns: deviceId,'],
    ['takenAt,deviceId,weigth', 'The column "weigth" is unknown. Known columns: deviceId,'],
    [
      'takenAt,deviceId,weight,bloodPressure,Systolic',
      'The columns "bloodPressure", "Systolic" are unknown. Known columns: deviceId,',
    ],
    ['takenAt|deviceId|weight', 'The column "takenAt|deviceId|weight" is unknown. Known columns: deviceId,'],
    ['takenAt,deviceId,weight,', 'The column "" is unknown'],
    ['takenAt,deviceId,weight,takenAt', 'The column takenAt appears twice.'],
    ['deviceId,weight,weightUnit', 'The column takenAt is missing.'],
    ['takenAt,deviceId,weight', 'The column weightUnit is missing. It is required with weight.'],
    ['takenAt,deviceId,bodyFat,muscleMass', 'The column muscleMassUnit is missing. It is required with muscleMass.'],
    ['takenAt,deviceId,weightUnit', 'The column weight is missing. It is required with weightUnit.'],
    [
      'takenAt,heartRate',
      'A column that names the device or the patient is missing. Add one of deviceId, deviceIdentifier, patientId,',
    ],
    [
      'takenAt,deviceId',
      'A column with a measurement is missing. Add one of systolic, diastolic, heartRate, glucose, glucoseUnit, glucoseComparator, mealTiming, bloodOxygen,',
    ],
    ['takenAt,deviceId,systolic', 'The column diastolic is missing. It is required with systolic.'],
    ['takenAt,deviceId,mealTiming', 'The column glucose is missing. It is required with mealTiming.'],
    ['takenAt,deviceId,"weight', 'The header of'],
  ])('that are invalid fail the import before anything is sent: %s', async (header, message) => {
    const { exitCode, out, err } = await run(`${header}\n1,2,3\n`);
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(err).toMatch(/^error: .*\n(The column glucoseUnit is missing. .*\n)?$/);
    expect(out).toBe('');
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });
});

describe('only an invalid line is refused', () => {
  const AT = '2026-01-01T00:00:00Z';
  const GOOD = `BPM-1,${AT},100`;

  const refusedOf = async (line: string, header = HEADER) => {
    const { exitCode } = await run(csv([GOOD, line, ...flows(1, 7)], header));
    expect(exitCode).toBe(2);
    expect(fixture.gateway.sent.map(({ takenAt }) => takenAt)).toEqual([AT, '2026-01-01T00:07:00.000Z']);
    return fixture.refused('r.csv.refused.csv');
  };

  it.each([
    [`BPM-2,${AT},12O`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "12O".'],
    [`BPM-2,${AT},NaN`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "NaN".'],
    [`BPM-2,${AT},Infinity`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "Infinity".'],
    [`BPM-2,${AT},1e3`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "1e3".'],
    [`BPM-2,${AT},"98,6"`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "98,6".'],
    [`BPM-2,${AT},true`, 'peakFlow.peakExpiratoryFlow must be a number in L/min, not "true".'],
    [`BPM-2,,100`, 'takenAt is missing.'],
  ])('%s', async (line, reason) => {
    const [deviceIdentifier, takenAt] = line.split(',');
    const peakExpiratoryFlow = /,"?([^"]*?)"?$/.exec(line.slice(`${deviceIdentifier},${takenAt}`.length))![1];
    expect(await refusedOf(line)).toEqual([
      { deviceIdentifier, takenAt, peakExpiratoryFlow, line: '3', codes: 'BAD_USER_INPUT', reasons: reason },
    ]);
  });

  it.each([
    [`BPM-2,${AT}`, `The line has 2 cells but the header has 3: BPM-2,${AT}`],
    ['BPM', 'The line has 1 cell but the header has 3: BPM'],
    [`BPM-2,${AT},100,"x, y"`, `The line has 4 cells but the header has 3: BPM-2,${AT},100,"x, y"`],
    [`"BPM-2,${AT},100`, `The line is not valid CSV (a quotation mark is not closed): "BPM-2,${AT},100`],
    [
      `BPM"2,${AT},100`,
      `The line is not valid CSV (there is a quotation mark within a cell; quote the cell and double the mark): BPM"2,${AT},100`,
    ],
    [`"BPM"2,${AT},100`, `The line is not valid CSV (there is text after a closing quotation mark): "BPM"2,${AT},100`],
    [`BPM-\ufffd,${AT},100`, 'The line contains bytes that are not valid UTF-8.'],
  ])('that cannot be split into cells: %s', async (line, reasons) => {
    const [refused, ...others] = await refusedOf(line);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ line: '3', codes: 'INVALID_LINE', reasons });
  });

  it('keeps its columns in order and lists every reason', async () => {
    await run(`heartRate,takenAt,diastolic,deviceId,systolic,manual\nx,yesterday,80,abc,,maybe\n`);
    expect(await fixture.read('r.csv.refused.csv')).toBe(
      'heartRate,takenAt,diastolic,deviceId,systolic,manual,line,codes,reasons\n' +
        'x,yesterday,80,abc,,maybe,2,BAD_USER_INPUT,"takenAt is not written as in ISO 8601: ""yesterday"". ' +
        'Say with --date-format how it is written, like --date-format MM/dd/yyyy. manual must be true or false, not ""maybe"". ' +
        'bloodPressure.systolic is missing. bloodPressure.heartRate must be a whole number in bpm, not ""x""."\n',
    );
  });

  it('names an unknown kind and missing values', async () => {
    const { ReadingKind } = buildSchema(readFileSync(join(REPOSITORY, 'schema.graphql'), 'utf8')).getTypeMap();
    const kinds = (ReadingKind as GraphQLEnumType).getValues().map(({ name }) => name);
    await run(
      `deviceId,takenAt,kind,weight,weightUnit\n1,${AT},Gewicht,100,kg\n2,${AT},WEIGHT,,\n3,${AT},WEIGHT,100,stone\n4,${AT},WEIGHT,100,\n`,
    );
    expect((await fixture.refused('r.csv.refused.csv')).map(({ reasons }) => reasons)).toEqual([
      `kind must be one of ${kinds.join(', ')}, not "Gewicht".`,
      'weight.value is missing. weight.unit is missing.',
      'weight.unit must be one of POUND, KILOGRAM, not "stone".',
      'weight.unit is missing.',
    ]);
  });

  it('in Latin-1', async () => {
    const latin1 = Buffer.from(csv([GOOD, `Müller,${AT},100`, ...flows(1, 7)]), 'latin1');
    expect((await run(latin1)).exitCode).toBe(2);
    expect(fixture.gateway.sent).toHaveLength(2);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', codes: 'INVALID_LINE', reasons: 'The line contains bytes that are not valid UTF-8.' },
    ]);
  });

  it('that is truncated at the end of the file', async () => {
    await run(csv([GOOD]) + 'BPM-1,2026-01-0');
    expect(await fixture.refused('r.csv.refused.csv')).toEqual([
      {
        deviceIdentifier: '',
        takenAt: '',
        peakExpiratoryFlow: '',
        line: '3',
        codes: 'INVALID_LINE',
        reasons: 'The line has 2 cells but the header has 3: BPM-1,2026-01-0',
      },
    ]);
  });

  it('that is truncated within quotation marks', async () => {
    await run(csv([GOOD]) + '"BPM-1');
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', reasons: 'The line is not valid CSV (a quotation mark is not closed): "BPM-1' },
    ]);
  });

  it('with an unclosed quotation mark, however many lines follow', async () => {
    const [first, ...others] = flows(2_000);
    expect((await run(csv([first!, `"BPM-2,${AT},100`, ...others]))).exitCode).toBe(2);
    expect(fixture.gateway.sent).toHaveLength(2_000);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([{ line: '3', codes: 'INVALID_LINE' }]);
  });

  it('with a quotation mark that is closed on the next line', async () => {
    await run(csv([`"BPM-2,${AT},100`, `"BPM-3",${AT},100`, `BPM-4,${AT},"`, `BPM-5,${AT},100`]));
    expect(fixture.gateway.sent.map(({ deviceIdentifier }) => deviceIdentifier)).toEqual(['BPM-3', 'BPM-5']);
    expect((await fixture.refused('r.csv.refused.csv')).map(({ line }) => line)).toEqual(['2', '4']);
  });

  it('that is too long', async () => {
    await run(csv([GOOD, `${'x'.repeat(70_000)},${AT},100`, ...flows(1, 7)]));
    expect(fixture.gateway.sent).toHaveLength(2);
    const [refused] = await fixture.refused('r.csv.refused.csv');
    expect(refused!.reasons).toBe(`The line is not valid CSV (it is longer than 16384 bytes): ${'x'.repeat(500)}`);
  });

  it('is listed with its line number, whatever precedes it', async () => {
    const before = ['', ',,', `"a\r\n\nb",${AT},100`, '', ...flows(3_000)];
    await run(csv([...before, 'x', '', `"`, 'y', ...flows(1, 3_001)]));
    const from = 1 + before.join('\n').split('\n').length;
    expect((await fixture.refused('r.csv.refused.csv')).map(({ line }) => Number(line))).toEqual([
      from + 1,
      from + 3,
      from + 4,
    ]);
    expect(fixture.gateway.sent).toHaveLength(3_002);
  });
});

describe('the file of refused lines', () => {
  it('can be corrected and imported', async () => {
    await run(csv([...flows(1), 'BPM-1,2026-01-01T00:01:00.000Z,1OO.1', 'BPM-2']));
    const refused = await fixture.read('r.csv.refused.csv');
    await fixture.write('corrected.csv', refused.replace(',1OO.1,', ',100.1,'));
    const { exitCode } = await fixture.run('corrected.csv');
    expect(exitCode).toBe(2);
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
    // The incomplete line is still refused. Its number is that in the file imported last.
    expect(await fixture.read('corrected.csv.refused.csv')).toBe(
      `${HEADER},line,codes,reasons\n,,,3,BAD_USER_INPUT,takenAt is missing.\n`,
    );
  });

  it('of an earlier import is renamed, because it may have been corrected', async () => {
    await run(csv(['BPM-2']));
    await fixture.write('r.csv.refused.csv', 'corrected by hand');
    await run(csv(['BPM-3']));
    expect(await fixture.read('r.csv.refused.csv.old')).toBe('corrected by hand');
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { reasons: 'The line has 1 cell but the header has 3: BPM-3' },
    ]);
    expect((await run(csv(flows(1)))).exitCode).toBe(0);
    expect(fixture.has('r.csv.refused.csv')).toBe(false);
  });
});

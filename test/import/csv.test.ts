import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { REPOSITORY } from '../support/tool';
import { csv, HEADER, ImportFixture, weights } from './import.harness';

const FIRST = { deviceIdentifier: 'BPM-1', takenAt: '2026-01-01T00:00:00.000Z', weight: { weight: 100 } };
const SECOND = { deviceIdentifier: 'BPM-1', takenAt: '2026-01-01T00:01:00.000Z', weight: { weight: 100.1 } };

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const run = async (content: string | Buffer) => {
  await fixture.write('r.csv', content);
  return fixture.run('r.csv');
};

describe('a good file', () => {
  it('is sent and leaves nothing behind', async () => {
    const { exitCode, out, err } = await run(csv(weights(2)));
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
    expect(fixture.gateway.calls.map(({ authorization }) => authorization)).toEqual(['Bearer a-key']);
    expect(out).toMatch(
      /^Imported r\.csv: 2 lines in \d+\.\d s, [\d,]+ readings\/s\.\n {2}recorded {3}2\n {2}duplicates 0\n {2}conflicts {2}0\n {2}refused {4}0\n$/,
    );
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it.each([
    ['with a byte-order mark', `\ufeff${csv(weights(2))}`],
    ['with CRLF', csv(weights(2)).replaceAll('\n', '\r\n')],
    ['with CRLF in some lines', csv(weights(2)).replace('\n', '\r\n')],
    ['with LF in the header and CRLF behind it', csv(weights(2)).replaceAll('\n', '\r\n').replace('\r\n', '\n')],
    ['without an end of the last line', csv(weights(2)).trimEnd()],
    [
      'with empty lines, lines of spaces and of empty cells',
      csv(['', ...weights(1), '', '  \t', ',,', ...weights(1, 1), '']),
    ],
    ['with spaces around its cells', csv(weights(2)).replaceAll(',', ' , ')],
    ['with quoted cells', csv(weights(2).map((line) => `"${line.replaceAll(',', '","')}"`))],
  ])('%s', async (_what, content) => {
    expect((await run(content)).exitCode).toBe(0);
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
  });

  it('may hold commas, quotation marks and line ends in quoted cells', async () => {
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

  it('with a header alone has nothing to send', async () => {
    expect((await run(csv([]))).exitCode).toBe(0);
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });
});

describe('its columns', () => {
  const AT = '2026-01-01T00:00:00Z';

  it.each([
    ['systolic,diastolic,heartRate', '120,80,', { bloodPressure: { systolic: 120, diastolic: 80 } }],
    ['systolic,diastolic,heartRate', '120,80,60', { bloodPressure: { systolic: 120, diastolic: 80, heartRate: 60 } }],
    ['heartRate,bloodOxygen', '60,97', { bloodOxygen: { bloodOxygen: 97, heartRate: 60 } }],
    ['heartRate,bloodOxygen', '60,', { heartRate: { heartRate: 60 } }],
    [
      'glucose,beforeMeal,afterMeal',
      '99,TRUE,false',
      { bloodGlucose: { glucose: 99, beforeMeal: true, afterMeal: false } },
    ],
    ['temperature', '98.6', { temperature: { temperature: 98.6 } }],
    ['peakExpiratoryFlow', '400', { peakFlow: { peakExpiratoryFlow: 400 } }],
    [
      'forcedExpiratoryVolumeInOneSecond,peakExpiratoryFlow',
      '3.2,400.5',
      { peakFlow: { peakExpiratoryFlow: 400.5, forcedExpiratoryVolumeInOneSecond: 3.2 } },
    ],
    ['respiratoryRate', '16', { respiratoryRate: { respiratoryRate: 16 } }],
    ['bodyFat,muscleMass', '24.5,', { bodyComposition: { bodyFat: 24.5 } }],
    ['muscleMass,bodyFat', '118.2,24.5', { bodyComposition: { bodyFat: 24.5, muscleMass: 118.2 } }],
    ['weight', '+0180.50', { weight: { weight: 180.5 } }],
    ['systolic,diastolic', '120.0,80', { bloodPressure: { systolic: 120, diastolic: 80 } }],
    [
      'weight,manual,deviceTimeZoneOffset',
      '180,true,-18000',
      { weight: { weight: 180 }, manual: true, deviceTimeZoneOffset: -18000 },
    ],
    // Two kinds on a line are for the gateway to refuse.
    [
      'systolic,diastolic,weight',
      '120,80,180',
      { bloodPressure: { systolic: 120, diastolic: 80 }, weight: { weight: 180 } },
    ],
    [
      'kind,heartRate,bloodOxygen',
      'HEART_RATE,60,97',
      { heartRate: { heartRate: 60 }, bloodOxygen: { bloodOxygen: 97 } },
    ],
    ['kind,heartRate,bloodOxygen', 'BLOOD_OXYGEN,60,97', { bloodOxygen: { bloodOxygen: 97, heartRate: 60 } }],
    ['kind,weight,heartRate', 'WEIGHT,180,60', { weight: { weight: 180 }, heartRate: { heartRate: 60 } }],
  ])('%s with %s', async (columns, cells, values) => {
    await run(`deviceId,takenAt,${columns}\n007,${AT},${cells}\n`);
    expect(fixture.gateway.sent).toEqual([{ deviceId: '007', takenAt: AT, ...values }]);
  });

  it('name patients too, in any order', async () => {
    await run(`weight,manual,takenAt,patientExternalIdentifier,patientId,deviceId\n180,true,${AT},MRN-1,12,\n`);
    expect(fixture.gateway.sent).toEqual([
      { patientExternalIdentifier: 'MRN-1', patientId: '12', takenAt: AT, manual: true, weight: { weight: 180 } },
    ]);
  });

  it.each([
    ['takenAt,deviceId,weigth', 'The column "weigth" is unknown; known are deviceId,'],
    [
      'takenAt,deviceId,weight,bloodPressure,Systolic',
      'The columns "bloodPressure", "Systolic" are unknown; known are deviceId,',
    ],
    ['takenAt;deviceId;weight', 'Cells must be separated by commas.'],
    ['takenAt,deviceId,weight,', 'The column "" is unknown'],
    ['takenAt,deviceId,weight,takenAt', 'The column takenAt is there twice.'],
    ['deviceId,weight', 'The column takenAt is missing.'],
    [
      'takenAt,weight',
      'A column is missing that names whose readings these are: deviceId, deviceIdentifier, patientId,',
    ],
    ['takenAt,deviceId', 'A column with a measurement is missing: systolic, diastolic, heartRate, glucose,'],
    ['takenAt,deviceId,systolic', 'The column diastolic is missing: systolic needs it.'],
    ['takenAt,deviceId,weight,afterMeal', 'The column glucose is missing: afterMeal needs it.'],
    ['takenAt,deviceId,"weight', 'The header of'],
  ])('refuse the file before anything is sent: %s', async (header, message) => {
    const { exitCode, out, err } = await run(`${header}\n1,2,3\n`);
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
    expect(err).toMatch(/^error: .*\n$/);
    expect(out).toBe('');
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });
});

describe('a line that is not good is refused, and no other', () => {
  const AT = '2026-01-01T00:00:00Z';
  const GOOD = `BPM-1,${AT},100`;

  const refusedOf = async (line: string, header = HEADER) => {
    const { exitCode } = await run(csv([GOOD, line, ...weights(1, 7)], header));
    expect(exitCode).toBe(2);
    expect(fixture.gateway.sent.map(({ takenAt }) => takenAt)).toEqual([AT, '2026-01-01T00:07:00.000Z']);
    return fixture.refused('r.csv.refused.csv');
  };

  it.each([
    [`BPM-2,${AT},12O`, 'weight.weight must be a number, is "12O".'],
    [`BPM-2,${AT},NaN`, 'weight.weight must be a number, is "NaN".'],
    [`BPM-2,${AT},Infinity`, 'weight.weight must be a number, is "Infinity".'],
    [`BPM-2,${AT},1e3`, 'weight.weight must be a number, is "1e3".'],
    [`BPM-2,${AT},"98,6"`, 'weight.weight must be a number, is "98,6".'],
    [`BPM-2,${AT},true`, 'weight.weight must be a number, is true.'],
    [`BPM-2,,100`, 'takenAt is missing.'],
  ])('%s', async (line, reason) => {
    const [deviceIdentifier, takenAt] = line.split(',');
    const weight = /,"?([^"]*?)"?$/.exec(line.slice(`${deviceIdentifier},${takenAt}`.length))![1];
    expect(await refusedOf(line)).toEqual([
      { deviceIdentifier, takenAt, weight, line: '3', codes: 'BAD_USER_INPUT', reasons: reason },
    ]);
  });

  it.each([
    [`BPM-2,${AT}`, `The line has 2 cells, the header 3: BPM-2,${AT}`],
    ['BPM', 'The line has 1 cell, the header 3: BPM'],
    [`BPM-2,${AT},100,"x, y"`, `The line has 4 cells, the header 3: BPM-2,${AT},100,"x, y"`],
    [`"BPM-2,${AT},100`, `The line is no CSV, a quotation mark is not closed: "BPM-2,${AT},100`],
    [
      `BPM"2,${AT},100`,
      `The line is no CSV, a quotation mark stands within a cell (double it, and quote the cell): BPM"2,${AT},100`,
    ],
    [`"BPM"2,${AT},100`, `The line is no CSV, text stands behind a closing quotation mark: "BPM"2,${AT},100`],
    [`BPM-\ufffd,${AT},100`, 'The line holds bytes that are no UTF-8.'],
  ])('whose cells cannot be told: %s', async (line, reasons) => {
    const [refused, ...others] = await refusedOf(line);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ line: '3', codes: 'INVALID_LINE', reasons });
  });

  it('keeps its columns, in their order, and lists every reason', async () => {
    await run(`heartRate,takenAt,diastolic,deviceId,systolic,manual\nx,yesterday,80,abc,,maybe\n`);
    expect(await fixture.read('r.csv.refused.csv')).toBe(
      'heartRate,takenAt,diastolic,deviceId,systolic,manual,line,codes,reasons\n' +
        'x,yesterday,80,abc,,maybe,2,BAD_USER_INPUT,"manual must be true or false, is ""maybe"". ' +
        'bloodPressure.systolic is missing. bloodPressure.heartRate must be a whole number, is ""x""."\n',
    );
  });

  it('names a kind that there is not, and one whose values are missing', async () => {
    const { ReadingKind } = buildSchema(readFileSync(join(REPOSITORY, 'schema.graphql'), 'utf8')).getTypeMap();
    const kinds = (ReadingKind as GraphQLEnumType).getValues().map(({ name }) => name);
    await run(`deviceId,takenAt,kind,weight\n1,${AT},Weight,100\n2,${AT},WEIGHT,\n`);
    expect((await fixture.refused('r.csv.refused.csv')).map(({ reasons }) => reasons)).toEqual([
      `kind must be one of ${kinds.join(', ')}, is "Weight".`,
      'weight.weight is missing.',
    ]);
  });

  it('in Latin-1', async () => {
    const latin1 = Buffer.from(csv([GOOD, `Müller,${AT},100`, ...weights(1, 7)]), 'latin1');
    expect((await run(latin1)).exitCode).toBe(2);
    expect(fixture.gateway.sent).toHaveLength(2);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', codes: 'INVALID_LINE', reasons: 'The line holds bytes that are no UTF-8.' },
    ]);
  });

  it('that is cut at the end of the file', async () => {
    await run(csv([GOOD]) + 'BPM-1,2026-01-0');
    expect(await fixture.refused('r.csv.refused.csv')).toEqual([
      {
        deviceIdentifier: '',
        takenAt: '',
        weight: '',
        line: '3',
        codes: 'INVALID_LINE',
        reasons: 'The line has 2 cells, the header 3: BPM-1,2026-01-0',
      },
    ]);
  });

  it('that is cut within quotation marks', async () => {
    await run(csv([GOOD]) + '"BPM-1');
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', reasons: 'The line is no CSV, a quotation mark is not closed: "BPM-1' },
    ]);
  });

  it('with an open quotation mark, however many lines follow', async () => {
    const [first, ...others] = weights(2_000);
    expect((await run(csv([first!, `"BPM-2,${AT},100`, ...others]))).exitCode).toBe(2);
    expect(fixture.gateway.sent).toHaveLength(2_000);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([{ line: '3', codes: 'INVALID_LINE' }]);
  });

  it('with an open quotation mark that the next line closes', async () => {
    await run(csv([`"BPM-2,${AT},100`, `"BPM-3",${AT},100`, `BPM-4,${AT},"`, `BPM-5,${AT},100`]));
    expect(fixture.gateway.sent.map(({ deviceIdentifier }) => deviceIdentifier)).toEqual(['BPM-3', 'BPM-5']);
    expect((await fixture.refused('r.csv.refused.csv')).map(({ line }) => line)).toEqual(['2', '4']);
  });

  it('when it is far too long', async () => {
    await run(csv([GOOD, `${'x'.repeat(70_000)},${AT},100`, ...weights(1, 7)]));
    expect(fixture.gateway.sent).toHaveLength(2);
    const [refused] = await fixture.refused('r.csv.refused.csv');
    expect(refused!.reasons).toBe(`The line is no CSV, it is longer than 16384 bytes: ${'x'.repeat(500)}`);
  });

  it('and tells its line, whatever stands before it', async () => {
    const before = ['', ',,', `"a\r\n\nb",${AT},100`, '', ...weights(3_000)];
    await run(csv([...before, 'x', '', `"`, 'y', ...weights(1, 3_001)]));
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
    await run(csv([...weights(1), 'BPM-1,2026-01-01T00:01:00.000Z,1OO.1', 'BPM-2']));
    const refused = await fixture.read('r.csv.refused.csv');
    await fixture.write('corrected.csv', refused.replace(',1OO.1,', ',100.1,'));
    const { exitCode } = await fixture.run('corrected.csv');
    expect(exitCode).toBe(2);
    expect(fixture.gateway.sent).toEqual([FIRST, SECOND]);
    // The half line is still none; its number is that in the file that was imported last.
    expect(await fixture.read('corrected.csv.refused.csv')).toBe(
      `${HEADER},line,codes,reasons\n,,,3,BAD_USER_INPUT,takenAt is missing.\n`,
    );
  });

  it('of an earlier import is kept aside, for it may be corrected already', async () => {
    await run(csv(['BPM-2']));
    await fixture.write('r.csv.refused.csv', 'corrected by hand');
    await run(csv(['BPM-3']));
    expect(await fixture.read('r.csv.refused.csv.old')).toBe('corrected by hand');
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { reasons: 'The line has 1 cell, the header 3: BPM-3' },
    ]);
    expect((await run(csv(weights(1)))).exitCode).toBe(0);
    expect(fixture.has('r.csv.refused.csv')).toBe(false);
  });
});

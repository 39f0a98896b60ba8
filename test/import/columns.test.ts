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
const READING = { deviceIdentifier: 'BPM-1', takenAt: '2026-01-01T00:00:00Z', peakFlow: { peakExpiratoryFlow: 400 } };

it.each([
  ['When,PEF', ['--columns', 'When=takenAt,PEF=peakExpiratoryFlow']],
  ['When,PEF', ['--columns', ' When = takenAt , PEF = peakExpiratoryFlow ']],
  ['When,PEF', ['--columns', 'When=takenAt', '--columns', 'PEF=peakExpiratoryFlow']],
  ['"Date, time","PEF, L/min"', ['--columns', 'Date, time=takenAt,PEF, L/min=peakExpiratoryFlow']],
  ['takenAt,PEF', ['--columns', 'PEF=peakExpiratoryFlow']],
])('the columns %s are mapped by %j', async (header, args) => {
  const { exitCode, err } = await run(
    `${header}\n2026-01-01T00:00:00Z,400\n`,
    ...args,
    '--set',
    'deviceIdentifier=BPM-1',
  );
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(fixture.gateway.sent).toEqual([READING]);
});

it('with --columns, other columns are ignored and named', async () => {
  const { out } = await run(
    'Id,When,PEF,Mood\nBPM-1,2026-01-01T00:00:00Z,400,good\n',
    '--columns',
    'Id=deviceIdentifier,When=takenAt,PEF=peakExpiratoryFlow',
  );
  expect(out).toMatch(/^Ignored columns: Mood\nImported/);
  expect(fixture.gateway.sent).toEqual([READING]);
});

it('two columns of the file can be one column: the cell that is not empty is taken', async () => {
  await run(
    'deviceIdentifier,takenAt,PEF 1,PEF 2\nBPM-1,2026-01-01T00:00:00Z,,400\nBPM-1,2026-01-01T00:01:00Z,410,410\nBPM-1,2026-01-01T00:02:00Z,420,430\n',
    '--columns',
    'PEF 1=peakExpiratoryFlow,PEF 2=peakExpiratoryFlow',
  );
  expect(fixture.gateway.sent.map(({ peakFlow }) => peakFlow)).toEqual([
    { peakExpiratoryFlow: 400 },
    { peakExpiratoryFlow: 410 },
  ]);
  expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
    { line: '4', reasons: 'peakExpiratoryFlow has two values: "420" and "430".' },
  ]);
});

it('the file of refused lines has the columns of the file, so that the same command imports it', async () => {
  const args = ['--columns', 'Id=deviceIdentifier,When=takenAt,PEF=peakExpiratoryFlow'];
  await run('Id,When,PEF,Mood\nBPM-1,2026-01-01T00:00:00Z,4OO,good\n', ...args);
  const refused = await fixture.read('r.csv.refused.csv');
  expect(refused).toMatch(
    /^Id,When,PEF,Mood,line,codes,reasons\nBPM-1,2026-01-01T00:00:00Z,4OO,good,2,BAD_USER_INPUT,/,
  );
  expect((await run(refused.replace('4OO', '400'), ...args)).exitCode).toBe(0);
  expect(fixture.gateway.sent).toEqual([READING]);
});

it.each([
  [['--columns', 'Time=takenAt'], 'The file has no column "Time". Its columns are "When", "PEF". Correct --columns.'],
  [['--columns', 'When=taken'], '"taken" is not a column of the import. Known columns: deviceId,'],
  [['--columns', 'takenAt=When'], 'Write the name in the file first: "When=takenAt".'],
  [['--columns', 'When=takenAt,PEF=takenAt'], 'A column with a measurement is missing.'],
  [['--columns', 'When=PEF'], '"PEF" is not a column of the import.'],
  [['--columns', 'When'], 'Write pairs like "Serial No=serial,Clinic=site", not "When".'],
  [['--columns', 'When=takenAt'], 'A column with a measurement is missing.'],
  [['--columns', 'When=takenAt', '--set', 'takenAt=now'], 'The column takenAt is in the file and in --set.'],
  [['--set', 'when=now'], '"when" is not a column of the import.'],
  [['--set', 'deviceId'], 'Write a column and its value, like "site=Main Campus".'],
])('options that are wrong fail the import before anything is sent: %j', async (args, message) => {
  const { exitCode, out, err } = await run('When,PEF\n2026-01-01T00:00:00Z,400\n', ...args);
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(err).toContain(message);
  expect(fixture.gateway.calls).toEqual([]);
  expect(await fixture.files()).toEqual(['r.csv']);
});

it('an import resumes with the same options only', async () => {
  fixture.gateway.reply = (_call, number) => (number === 2 ? { status: 403 } : undefined);
  const header = HEADER.replace('takenAt', 'When');
  const args = ['--batch-size', '2', '--concurrency', '1', '--columns', 'When=takenAt'];
  expect((await run(csv(flows(5), header), ...args)).exitCode).toBe(1);
  const other = await fixture.run('r.csv', { args: ['--columns', 'When=takenAt', '--set', 'manual=true'] });
  expect(other.err).toContain('r.csv.progress.json belongs to an import with other options. Use --restart');
  const devices = await fixture.run('r.csv', {
    kind: 'devices',
    args: ['--columns', 'deviceIdentifier=serial', '--set', 'customerId=1', '--set', 'itemId=1', '--set', 'siteId=1'],
  });
  expect(devices.err).toContain('belongs to an import of readings. Use --restart');
  expect((await fixture.run('r.csv', { args })).exitCode).toBe(0);
  expect(fixture.gateway.recorded.size).toBe(5);
});

it('NDJSON has no columns', async () => {
  await fixture.write('r.ndjson', `${JSON.stringify(READING)}\n`);
  const { err } = await fixture.run('r.ndjson', { args: ['--set', 'deviceId=1'] });
  expect(err).toContain('r.ndjson has no columns. --columns, --set and --units are for CSV files.');
});

describe('--dry-run', () => {
  it('says what would be sent and refused, and sends and writes nothing', async () => {
    const { exitCode, out, err } = await run(csv([...flows(2), 'half', `BPM-1,2026-01-01T00:00:00Z,1OO`]), '--dry-run');
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: '' });
    expect(out).toBe(
      'Dry run of r.csv: 4 lines. Nothing was sent.\n' +
        '  to send    2\n' +
        '  refused    2 (INVALID_LINE 1, BAD_USER_INPUT 1)\n' +
        'Line 2 would be sent as {"deviceIdentifier":"BPM-1","takenAt":"2026-01-01T00:00:00.000Z","peakFlow":{"peakExpiratoryFlow":100}}\n' +
        'These lines would be refused:\n' +
        '  line 4: The line has 1 cell but the header has 3: half\n' +
        '  line 5: peakFlow.peakExpiratoryFlow must be a number in L/min, not "1OO".\n' +
        'Only the gateway knows whether devices, patients, sites and items exist, and which values it accepts.\n',
    );
    expect(fixture.gateway.calls).toEqual([]);
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it('needs no key, and lists ten lines at most', async () => {
    await fixture.write('r.csv', csv(Array.from({ length: 30 }, (_, index) => `half ${index}`)));
    const loadConfig = () => {
      throw new Error('read the configuration');
    };
    const { exitCode, out } = await fixture.run('r.csv', { args: ['--dry-run'], env: { loadConfig } });
    expect(exitCode).toBe(2);
    expect(out.match(/^ {2}line /gm)).toHaveLength(10);
    expect(out).toContain('  and 20 more\n');
  });

  it('exits with 0 when all lines can be sent, also beside an unfinished import', async () => {
    fixture.gateway.reply = () => ({ status: 403 });
    await run(csv(flows(5)));
    const { exitCode, out } = await run(csv(flows(5)), '--dry-run');
    expect(exitCode).toBe(0);
    expect(out).toContain('  to send    5\n  refused    0\n');
    expect(fixture.has('r.csv.progress.json')).toBe(true);
  });
});

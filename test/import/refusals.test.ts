import { topLevel } from './gateway.stub';
import { csv, HEADER, ImportFixture, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const run = async (lines: readonly string[], ...args: string[]) => {
  await fixture.write('r.csv', csv(lines));
  return fixture.run('r.csv', { args });
};
const withDevices = (...devices: string[]) =>
  flows(devices.length).map((line, index) => line.replace('BPM-1', devices[index]!));

describe('a reading that the gateway refuses', () => {
  it('is in the file of refused lines, with its line and reasons', async () => {
    fixture.gateway.refuse = ({ deviceIdentifier }) =>
      deviceIdentifier === 'lost' ? { code: 'DEVICE_NOT_FOUND', message: 'There is no such device.' } : undefined;
    const { exitCode, out } = await run(withDevices('a', 'lost', 'b', 'bad"quote', 'lost'), '--batch-size', '2');
    expect(exitCode).toBe(2);
    expect(out).toContain('recorded   2\n  duplicates 0\n  conflicts  0\n  refused    3\n');
    expect(out).toContain(`Refused and conflicting lines, with reasons: ${fixture.path('r.csv.refused.csv')}\n`);
    const refused = { deviceIdentifier: 'lost', codes: 'DEVICE_NOT_FOUND' };
    // The reason names the field, because the message does not. The line with a stray quotation mark is not valid CSV.
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { ...refused, line: '3', peakExpiratoryFlow: '100.1', reasons: 'deviceIdentifier: There is no such device.' },
      { line: '5', codes: 'INVALID_LINE' },
      { ...refused, line: '6', peakExpiratoryFlow: '100.4', reasons: 'deviceIdentifier: There is no such device.' },
    ]);
    expect(fixture.has('r.csv.progress.json')).toBe(false);
  });

  it('is listed with all reasons, and with each code once', async () => {
    const problems = [
      {
        code: 'INVALID_READING',
        message: 'weight must be between 1 and 1500.',
        path: ['input', 'readings', '0', 'weight'],
      },
      { code: 'INVALID_READING', message: 'Too early.', path: ['input', 'readings', '0', 'takenAt'] },
      { code: 'DEVICE_NOT_FOUND', message: 'There is no such device.', path: null },
    ];
    const results = [{ outcome: 'REFUSED', userErrors: problems }];
    fixture.gateway.reply = () => ({ body: { data: { recordReadings: { results } } } });
    await run(flows(1));
    expect(await fixture.read('r.csv.refused.csv')).toBe(
      `${HEADER},line,codes,reasons\n${flows(1)[0]},2,INVALID_READING DEVICE_NOT_FOUND,` +
        'weight must be between 1 and 1500. takenAt: Too early. There is no such device.\n',
    );
  });
});

describe('a reading in conflict', () => {
  it('is counted separately and listed with the refused ones', async () => {
    await run(flows(2));
    const { exitCode, out } = await run([flows(1)[0]!, 'BPM-1,2026-01-01T00:01:00.000Z,200', ...flows(1, 2)]);
    expect(exitCode).toBe(2);
    expect(out).toContain('recorded   1\n  duplicates 1\n  conflicts  1\n  refused    0\n');
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', peakExpiratoryFlow: '200', codes: 'READING_CONFLICT', reasons: 'Stored with other values.' },
    ]);
  });

  it('has a reason even if the gateway gives none', async () => {
    const results = [{ outcome: 'CONFLICT', userErrors: [] }];
    fixture.gateway.reply = () => ({ body: { data: { recordReadings: { results } } } });
    await run(flows(1));
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      {
        codes: 'READING_CONFLICT',
        reasons: 'A reading of the same device, kind and time is already recorded with other values.',
      },
    ]);
  });
});

describe('a reading that makes the whole call fail', () => {
  it.each([
    [
      'a path to a value',
      (at: number) => topLevel('BAD_USER_INPUT', 'no time', ['input', 'readings', String(at), 'takenAt']),
      'takenAt: no time',
    ],
    [
      'a path to the reading',
      (at: number) => topLevel('BAD_USER_INPUT', 'no reading', ['input', 'readings', String(at)]),
      'no reading',
    ],
  ])('is refused and the others are sent without it: error with %s', async (_what, reply, reasons) => {
    fixture.gateway.reply = ({ readings }) => {
      const at = readings.findIndex(({ deviceIdentifier }) => deviceIdentifier === 'x');
      return at < 0 ? undefined : reply(at);
    };
    const { exitCode, out } = await run(withDevices('a', 'x', 'b'));
    expect(exitCode).toBe(2);
    expect(out).toContain('recorded   2\n  duplicates 0\n  conflicts  0\n  refused    1\n');
    expect(fixture.gateway.calls.map(({ readings }) => readings.map((one) => one.deviceIdentifier))).toEqual([
      ['a', 'x', 'b'],
      ['a', 'b'],
    ]);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([
      { line: '3', deviceIdentifier: 'x', codes: 'BAD_USER_INPUT', reasons },
    ]);
  });

  it('can be one of several, reported together or one after another', async () => {
    fixture.gateway.reply = ({ readings }, number) => {
      const bad = [...readings.entries()].flatMap(([at, { deviceIdentifier }]) =>
        deviceIdentifier === 'x' ? [at] : [],
      );
      if (bad.length === 0) return undefined;
      const named = number === 1 ? bad.slice(0, 2) : bad.slice(0, 1);
      const errors = named.map((at) => ({
        message: 'no',
        extensions: { code: 'BAD_USER_INPUT', path: ['input', 'readings', String(at), 'deviceId'] },
      }));
      return { status: 400, body: { errors } };
    };
    await run(withDevices('x', 'a', 'x', 'b', 'x', 'x'));
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([6, 4, 3, 2]);
    expect((await fixture.refused('r.csv.refused.csv')).map(({ line }) => line)).toEqual(['2', '4', '6', '7']);
    expect([...fixture.gateway.recorded.keys()].map((identity) => identity.split(' ')[0])).toEqual(['a', 'b']);
  });

  it('can be the only one', async () => {
    fixture.gateway.reply = () => topLevel('BAD_USER_INPUT', 'no', ['input', 'readings', '0']);
    expect((await run(flows(1))).out).toContain('refused    1\n');
    expect(fixture.gateway.calls).toHaveLength(1);
  });
});

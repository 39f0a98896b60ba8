import { mkdir, rename, truncate, utimes } from 'node:fs/promises';
import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { csv, ImportFixture, Stop, TextOutput, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const AT = '2026-01-01T00:00:00Z';
const checkpoint = async () => JSON.parse(await fixture.read('r.csv.progress.json')) as Record<string, unknown>;

/** Interrupts the import while the call with this number is in flight. The call still gets its response. */
async function runUntilCall(number: number, name = 'r.csv', ...args: string[]) {
  const stop = new Stop();
  fixture.gateway.reply = (_call, at) => {
    if (at === number) stop.now();
    return undefined;
  };
  const result = await fixture.run(name, { args: ['--concurrency', '1', ...args], env: { interrupted: stop.signal } });
  fixture.gateway.reply = () => undefined;
  return result;
}

describe('an import that is interrupted', () => {
  it('completes the calls in flight and can be resumed', async () => {
    await fixture.write('r.csv', csv(flows(9)));
    const stop = new Stop();
    const responses = gate();
    fixture.gateway.holding = () => responses.opened;
    const running = fixture.run('r.csv', {
      args: ['--batch-size', '2', '--concurrency', '2'],
      env: { interrupted: stop.signal },
    });
    await eventually(() => fixture.gateway.openCalls === 2);
    stop.now();
    responses.open();
    expect(await running).toEqual({
      exitCode: 130,
      out: 'Stopped. 4 lines of r.csv done. Run the same command again to resume.\n',
      err: '',
    });
    expect(await checkpoint()).toMatchObject({ done: { line: 6 }, counts: { lines: 4, recorded: 4 } });

    const { exitCode, out } = await fixture.run('r.csv');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Resuming r\.csv at line 6: 4 lines done before\.\nImported r\.csv: 9 lines in /);
    expect(out).toContain('recorded   9\n  duplicates 0\n');
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([2, 2, 5]);
    expect(fixture.gateway.recorded.size).toBe(9);
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it('has a different exit code after SIGTERM', async () => {
    await fixture.write('r.csv', csv(flows(2)));
    const stop = new Stop();
    fixture.gateway.reply = () => {
      stop.now('SIGTERM');
      return undefined;
    };
    const args = ['--batch-size', '1', '--concurrency', '1'];
    expect((await fixture.run('r.csv', { args, env: { interrupted: stop.signal } })).exitCode).toBe(143);
  });

  it('during the last call is finished', async () => {
    await fixture.write('r.csv', csv(flows(2)));
    expect((await runUntilCall(1)).exitCode).toBe(0);
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it('does not wait for the next attempt of a call', async () => {
    await fixture.write('r.csv', csv(flows(4)));
    const stop = new Stop();
    const out = new TextOutput();
    fixture.gateway.reply = (_call, number) =>
      number === 1 ? undefined : { status: 503, headers: { 'retry-after': '60' } };
    const args = ['--batch-size', '2', '--concurrency', '1'];
    const running = fixture.run('r.csv', { args, out, env: { interrupted: stop.signal } });
    await eventually(() => out.text.includes('Retrying in 60.0 s.'));
    stop.now();
    expect((await running).exitCode).toBe(130);
    expect(await checkpoint()).toMatchObject({ done: { line: 4 }, counts: { lines: 2 } });
  });
});

it('moves the checkpoint in the order of the file, whatever the order of the responses', async () => {
  await fixture.write('r.csv', csv(flows(6)));
  const first = gate();
  fixture.gateway.holding = (_call, number) => (number === 1 ? first.opened : undefined);
  const running = fixture.run('r.csv', { args: ['--batch-size', '1', '--concurrency', '3'] });
  await eventually(() => fixture.gateway.calls.length === 3 && fixture.gateway.openCalls === 1);
  // Whether or not the other two responses have been read.
  expect(await checkpoint()).toMatchObject({ done: { line: 2 }, counts: { lines: 0 } });
  first.open();
  expect((await running).exitCode).toBe(0);
  expect(fixture.gateway.maxOpenCalls).toBeLessThanOrEqual(3);
  expect(fixture.gateway.recorded.size).toBe(6);
});

describe('an import that is stopped anywhere', () => {
  const HARD_LINES = [
    `BPM-1,${AT},100`,
    '',
    `BPM-1,${AT},1OO`,
    `"a\r\nb",${AT},100`,
    `"BPM-2,${AT},100`,
    'half',
    `BPM-3,${AT},100\r`,
    ',,',
    `lost,${AT},100`,
    `"""é😀,""",${AT},100`,
    `BPM-1,${AT},200`,
    `BPM-4,${AT},"`,
    `BPM-5,${AT},100`,
  ];
  const refuse = () => {
    fixture.gateway.refuse = ({ deviceIdentifier }) =>
      deviceIdentifier === 'lost' ? { code: 'DEVICE_NOT_FOUND', message: 'No such device.' } : undefined;
  };

  it.each([1, 2, 3])('resumes without losing or repeating a line, with %i lines per call', async (size) => {
    refuse();
    const content = `\ufeff${csv(HARD_LINES)}`;
    await fixture.write('whole.csv', content);
    await fixture.run('whole.csv', { args: ['--concurrency', '1'] });
    const refused = await fixture.read('whole.csv.refused.csv');
    const [whole] = fixture.gateway.calls;
    expect(whole!.readings).toHaveLength(7);
    expect(refused.split('\n')).toHaveLength(1 + 6 + 1);

    for (let stopAt = 1; ; stopAt += 1) {
      fixture.gateway.calls.length = 0;
      fixture.gateway.recorded.clear();
      const name = `r${stopAt}.csv`;
      await fixture.write(name, content);
      const { exitCode } = await runUntilCall(stopAt, name, '--batch-size', String(size));
      if (exitCode === 130) expect((await fixture.run(name, { args: ['--concurrency', '1'] })).exitCode).toBe(2);
      expect(fixture.gateway.sent).toEqual(whole!.readings);
      expect(await fixture.read(`${name}.refused.csv`)).toBe(refused);
      expect(fixture.has(`${name}.progress.json`)).toBe(false);
      if (exitCode !== 130) break;
    }
    expect(fixture.gateway.calls.length).toBeGreaterThan(2);
  });

  it('resumes in NDJSON too', async () => {
    const readings = flows(5).map((_, minute) => ({
      deviceId: '1',
      takenAt: `2026-01-01T00:0${minute}:00Z`,
      weight: { value: 100, unit: 'POUND' },
    }));
    const lines = readings.flatMap((reading, index) => [JSON.stringify(reading), index % 2 === 0 ? '' : 'é{\r']);
    await fixture.write('r.ndjson', `\ufeff${lines.join('\n')}`);
    for (const expected of [130, 130, 130, 130]) {
      const result = await runUntilCall(fixture.gateway.calls.length + 1, 'r.ndjson', '--batch-size', '1');
      expect(result.exitCode).toBe(expected);
    }
    expect((await fixture.run('r.ndjson')).exitCode).toBe(2);
    expect(fixture.gateway.sent).toEqual(readings);
    expect((await fixture.refusedNdjson('r.ndjson.refused.ndjson')).map(({ line }) => line)).toEqual([4, 8]);
  });
});

describe('the state of an unfinished import', () => {
  beforeEach(async () => {
    await fixture.write('r.csv', csv([...flows(1), 'half', ...flows(4, 2)]));
    expect((await runUntilCall(2, 'r.csv', '--batch-size', '2')).exitCode).toBe(130);
    expect(await checkpoint()).toMatchObject({ done: { line: 6 }, counts: { lines: 4, recorded: 3, refused: 1 } });
    fixture.gateway.calls.length = 0;
  });

  const SENT_BEFORE = 3;
  const failsWith = async (message: RegExp) => {
    const { exitCode, err } = await fixture.run('r.csv');
    expect(exitCode).toBe(1);
    expect(err).toMatch(message);
    expect(err).toContain('--restart');
    expect(fixture.gateway.calls).toEqual([]);
  };

  it('is not used for a file that has changed', async () => {
    await utimes(fixture.path('r.csv'), new Date(), new Date('2026-01-01'));
    await failsWith(
      /^error: .*r\.csv\.progress\.json belongs to an earlier version of .*r\.csv, which has changed since\./,
    );
    const { exitCode, out } = await fixture.run('r.csv', { args: ['--restart'] });
    expect(exitCode).toBe(2);
    expect(out).toContain(`recorded   2\n  duplicates ${SENT_BEFORE}\n  conflicts  0\n  refused    1\n`);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([{ line: '3' }]);
  });

  it('is not used for another gateway', async () => {
    const { exitCode, err } = await fixture.run('r.csv', { args: ['--url', 'http://127.0.0.1:1/graphql'] });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/belongs to an import to http:\/\/127\.0\.0\.1:\d+\/graphql\. Use --restart/);
  });

  it.each([
    [{ databaseId: '2' }, 'with a key of another customer'],
    [{ createdAt: '2026-01-01T00:00:00.001Z' }, 'into another database'],
  ])('is not used for another target: %j', async (customer, what) => {
    const before = fixture.gateway.customer;
    fixture.gateway.customer = { ...before, ...customer };
    await failsWith(new RegExp(`r\\.csv\\.progress\\.json belongs to an import ${what}\\. Use --restart`));
    const { out } = await fixture.run('r.csv');
    expect(out).not.toContain('to resume');
    fixture.gateway.customer = before;
    expect((await fixture.run('r.csv')).out).toContain(`recorded   5\n`);
  });

  it('of an earlier release, without a target, is used', async () => {
    const { target, ...earlier } = await checkpoint();
    expect(target).toEqual({ customer: '1', database: '2026-01-01T00:00:00.000Z' });
    await fixture.write('r.csv.progress.json', JSON.stringify(earlier));
    expect((await fixture.run('r.csv')).out).toContain(`recorded   5\n`);
  });

  it.each(['', '{', '{"version":2}', '[]'])('is not used when the checkpoint is invalid: %j', async (text) => {
    await fixture.write('r.csv.progress.json', text);
    await failsWith(/r\.csv\.progress\.json is not a valid checkpoint\. Use --restart/);
  });

  it('is not used when refused lines are missing', async () => {
    const path = fixture.path('r.csv.refused.csv');
    await rename(path, `${path}.moved`);
    await failsWith(/r\.csv\.refused\.csv is missing, or shorter than when the import stopped/);
    await rename(`${path}.moved`, path);
    await truncate(path, 10);
    await failsWith(/r\.csv\.refused\.csv is missing, or shorter than when the import stopped/);
  });

  it('does not include refused lines of an unacknowledged batch', async () => {
    const refused = await fixture.read('r.csv.refused.csv');
    await fixture.write('r.csv.refused.csv', `${refused}half,of,a,line,that`);
    expect((await fixture.run('r.csv')).exitCode).toBe(2);
    expect(await fixture.read('r.csv.refused.csv')).toBe(refused);
  });

  it('is ignored with --restart', async () => {
    const { out } = await fixture.run('r.csv', { args: ['--restart'] });
    expect(out).toMatch(/^Imported/);
    expect(out).toContain(`duplicates ${SENT_BEFORE}\n`);
    expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([{ line: '3' }]);
  });
});

it('truncates refused lines written before the first acknowledgement', async () => {
  await fixture.write('r.csv', csv(['half', ...flows(2)]));
  fixture.gateway.reply = () => ({ status: 403 });
  await fixture.run('r.csv');
  expect(await checkpoint()).toMatchObject({ done: { line: 2 }, refusedBytes: 0 });
  await fixture.write('r.csv.refused.csv', 'written but not acknowledged');
  fixture.gateway.reply = () => undefined;
  await fixture.run('r.csv');
  expect(await fixture.refused('r.csv.refused.csv')).toMatchObject([{ line: '2', codes: 'INVALID_LINE' }]);
  expect(await fixture.files()).toEqual(['r.csv', 'r.csv.refused.csv']);
});

it('fails when the file changes during the import', async () => {
  await fixture.write('r.csv', csv(flows(2)));
  fixture.gateway.holding = () => fixture.write('r.csv', csv(flows(3)));
  const { exitCode, err } = await fixture.run('r.csv');
  expect(exitCode).toBe(1);
  expect(err).toMatch(/r\.csv changed during the import\. Import it again from the beginning with --restart\.\n$/);
});

describe('two imports of one file', () => {
  it('do not run at the same time', async () => {
    await fixture.write('r.csv', csv(flows(2)));
    const held = gate();
    fixture.gateway.holding = () => held.opened;
    const first = fixture.run('r.csv');
    await eventually(() => fixture.gateway.openCalls === 1);
    for (const args of [[], ['--restart']]) {
      const { exitCode, out, err } = await fixture.run('r.csv', { args });
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
      expect(err).toBe('error: Another process is importing r.csv. Wait until it ends.\n');
    }
    held.open();
    expect((await first).exitCode).toBe(0);
    expect(fixture.gateway.calls).toHaveLength(1);
    expect(await fixture.files()).toEqual(['r.csv']);
  });

  it('run when the first was killed', async () => {
    await fixture.write('r.csv', csv(flows(2)));
    await mkdir(fixture.path('r.csv.progress.lock'));
    expect((await fixture.run('r.csv')).exitCode).toBe(0);
    expect(await fixture.files()).toEqual(['r.csv']);
  });
});

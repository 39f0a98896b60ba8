import { eventually } from '../support/eventually';
import { ReservedPort } from '../support/reserved-port';
import { topLevel, type Reply } from './gateway.stub';
import { csv, ImportFixture, IMPATIENT, Stop, TextOutput, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
  await fixture.write('r.csv', csv(flows(6)));
});
afterEach(() => fixture.stop());

const inThrees = { args: ['--batch-size', '3', '--concurrency', '1'] };
const checkpoint = async () =>
  JSON.parse(await fixture.read('r.csv.progress.json')) as { done: unknown; counts: unknown };

describe('a gateway that cannot answer for a while', () => {
  const TEMPORARY: [string, Reply | 'hang up'][] = [
    ['hangs up', 'hang up'],
    ['500', { status: 500, body: 'oops' }],
    ['502 of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }],
    [
      '503',
      {
        status: 503,
        headers: { 'retry-after': '0' },
        body: { errors: [{ message: 'Draining.', extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
      },
    ],
    ['429', { status: 429, body: { errors: [{ message: 'Slow down.', extensions: { code: 'RATE_LIMITED' } }] } }],
    [
      'SERVICE_UNAVAILABLE',
      topLevel('SERVICE_UNAVAILABLE', 'The database is temporarily unavailable. Try again.', ['recordReadings']),
    ],
    ['INTERNAL_SERVER_ERROR', topLevel('INTERNAL_SERVER_ERROR', 'Internal server error.', ['recordReadings'])],
  ];

  it.each(TEMPORARY)('is asked again: %s', async (_what, reply) => {
    fixture.gateway.reply = (_call, number) => (number === 2 || number === 3 ? reply : undefined);
    const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([3, 3, 3, 3]);
    expect(fixture.gateway.calls[3]).toEqual(fixture.gateway.calls[1]);
    expect(out.match(/Trying again in 0\.0 s\./g)).toHaveLength(2);
    expect(out).toContain('recorded   6\n');
  });

  it.each(TEMPORARY)('is given up at last, and asked for the rest next time: %s', async (_what, reply) => {
    fixture.gateway.reply = (_call, number) => (number === 1 ? undefined : reply);
    const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
    expect(exitCode).toBe(1);
    expect(fixture.gateway.calls).toHaveLength(1 + IMPATIENT.attempts);
    expect(err).toMatch(
      /^error: The gateway (at http:\/\/127\.0\.0\.1:\d+ does not answer: |cannot take readings now\. It ).* It was tried 4 times\.\n$/,
    );
    expect(out).toContain('3 lines of r.csv done. Give the same command again to go on from there.\n');
    expect(await checkpoint()).toMatchObject({ done: { line: 5 }, counts: { lines: 3, recorded: 3 } });

    fixture.gateway.reply = () => undefined;
    expect((await fixture.run('r.csv')).exitCode).toBe(0);
    expect(fixture.gateway.recorded.size).toBe(6);
    expect(fixture.gateway.calls.at(-1)!.readings).toHaveLength(3);
  });

  it('may be started later than the import', async () => {
    await fixture.gateway.stop();
    const reserved = await ReservedPort.take();
    const port = reserved.number;
    const out = new TextOutput();
    const running = fixture.run('r.csv', {
      out,
      args: ['--url', `http://127.0.0.1:${port}/graphql`],
      env: { retry: { attempts: 1_000_000, firstMs: 5, maxMs: 20 } },
    });
    await eventually(() => out.text.includes('Trying again'));
    await fixture.gateway.listen(port);
    expect((await running).exitCode).toBe(0);
    await reserved.giveBack();
    expect(out.text).toContain(`The gateway at http://127.0.0.1:${port} does not answer: connect ECONNREFUSED`);
    expect(fixture.gateway.recorded.size).toBe(6);
  });

  it('may say how long to wait, up to a minute', async () => {
    fixture.gateway.reply = () => ({ status: 503, headers: { 'retry-after': '3600' }, body: 'later' });
    const out = new TextOutput();
    const stop = new Stop();
    const running = fixture.run('r.csv', { out, env: { interrupted: stop.signal } });
    await eventually(() => out.text.includes('Trying again in 60.0 s.'));
    stop.now();
    expect((await running).exitCode).toBe(130);
    expect(fixture.gateway.calls).toHaveLength(1);
  });
});

describe('a refusal for good', () => {
  it.each<[string, Reply, string]>([
    [
      '401',
      { status: 401, body: { errors: [{ message: 'Unknown key.', extensions: { code: 'UNAUTHENTICATED' } }] } },
      'The gateway does not take the key in API_KEY. It says: Unknown key.',
    ],
    [
      '401 of a proxy',
      { status: 401, body: 'no' },
      'The gateway does not take the key in API_KEY. It answered with the status 401.',
    ],
    ['403', { status: 403, body: '' }, 'The key in API_KEY may not record readings. It answered with the status 403.'],
    [
      'FORBIDDEN',
      topLevel('FORBIDDEN', 'READ_ONLY may not do this.', ['recordReadings']),
      'The key in API_KEY may not record readings. It says: READ_ONLY may not do this.',
    ],
    [
      '413',
      { status: 413, body: { errors: [{ message: 'Too large.', extensions: { code: 'BAD_USER_INPUT' } }] } },
      'The gateway does not take that much at once: give a smaller --batch-size. It says: Too large.',
    ],
    [
      'OPERATION_TOO_COMPLEX',
      topLevel('OPERATION_TOO_COMPLEX', 'Too much.'),
      'The gateway does not take that much at once: give a smaller --batch-size. It says: Too much.',
    ],
    [
      'BAD_USER_INPUT of no reading',
      topLevel('BAD_USER_INPUT', 'At most 2 readings.', ['input', 'readings']),
      'The gateway refuses the readings. It says: At most 2 readings.',
    ],
    [
      'BAD_USER_INPUT of a reading that was not sent',
      topLevel('BAD_USER_INPUT', 'No.', ['input', 'readings', '3']),
      'The gateway refuses the readings. It says: No.',
    ],
    [
      'GRAPHQL_VALIDATION_FAILED',
      {
        status: 400,
        body: {
          errors: [
            { message: 'Cannot query field "recordReadings".', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
          ],
        },
      },
      'The gateway refuses the readings. It says: Cannot query field "recordReadings".',
    ],
    [
      '404',
      { status: 404, body: 'Not found' },
      'No gateway answers there: check --url. It answered with the status 404.',
    ],
    [
      'a page',
      { body: '<html>Welcome</html>' },
      'No gateway answers there: check --url. It answered with the status 200.',
    ],
    [
      'a redirection',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'No gateway answers there: check --url. It answered with the status 307.',
    ],
    [
      'too few results',
      { body: { data: { recordReadings: { results: [{ outcome: 'RECORDED', userErrors: [] }] } } } },
      'The gateway answered 1 of 3 readings: is it of another version?',
    ],
    [
      'no results',
      { body: { data: { recordReadings: null } } },
      'The gateway answered no of 3 readings: is it of another version?',
    ],
  ])('ends it at once: %s', async (_what, reply, message) => {
    fixture.gateway.reply = (_call, number) => (number === 2 ? reply : undefined);
    const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
    expect(exitCode).toBe(1);
    expect(err).toBe(`error: ${message}\n`);
    expect(`${out}${err}`).not.toContain('a-key');
    expect(fixture.gateway.calls).toHaveLength(2);
    expect(await checkpoint()).toMatchObject({ done: { line: 5 }, counts: { lines: 3, recorded: 3 } });
  });

  it('does not wait for calls that are tried again', async () => {
    const out = new TextOutput();
    fixture.gateway.reply = (_call, number) =>
      number === 1 ? { status: 503, headers: { 'retry-after': '60' }, body: '' } : { status: 403, body: '' };
    fixture.gateway.holding = async (_call, number) => {
      if (number === 2) await eventually(() => out.text.includes('Trying again in 60.0 s.'));
    };
    const { exitCode, err } = await fixture.run('r.csv', { out, args: ['--batch-size', '3', '--concurrency', '2'] });
    expect(exitCode).toBe(1);
    expect(err).toBe('error: The key in API_KEY may not record readings. It answered with the status 403.\n');
    expect(await checkpoint()).toMatchObject({ done: { line: 2 }, counts: { lines: 0 } });
  });
});

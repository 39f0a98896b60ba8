import { eventually } from '../support/eventually';
import { ReservedPort } from '../support/reserved-port';
import { topLevel, type Reply } from './gateway.stub';
import { csv, ImportFixture, FAST_RETRY, Stop, TextOutput, flows } from './import.harness';

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
  await fixture.write('r.csv', csv(flows(6)));
});
afterEach(() => fixture.stop());

const inThrees = { args: ['--batch-size', '3', '--concurrency', '1'] };
const checkpoint = async () =>
  JSON.parse(await fixture.read('r.csv.progress.json')) as { done: unknown; counts: unknown };

describe('a gateway that is temporarily unavailable', () => {
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
    ['OUTCOME_UNKNOWN', topLevel('OUTCOME_UNKNOWN', 'The change may have been made.', ['recordReadings'])],
    ['INTERNAL_SERVER_ERROR', topLevel('INTERNAL_SERVER_ERROR', 'Internal server error.', ['recordReadings'])],
  ];

  it.each(TEMPORARY)('is called again after: %s', async (_what, reply) => {
    fixture.gateway.reply = (_call, number) => (number === 2 || number === 3 ? reply : undefined);
    const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(fixture.gateway.calls.map(({ readings }) => readings.length)).toEqual([3, 3, 3, 3]);
    expect(fixture.gateway.calls[3]).toEqual(fixture.gateway.calls[1]);
    expect(out.match(/Retrying in 0\.0 s\./g)).toHaveLength(2);
    expect(out).toContain('recorded   6\n');
  });

  it.each(TEMPORARY)(
    'ends the import after the last attempt, and the next run sends the rest: %s',
    async (_what, reply) => {
      fixture.gateway.reply = (_call, number) => (number === 1 ? undefined : reply);
      const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
      expect(exitCode).toBe(1);
      expect(fixture.gateway.calls).toHaveLength(1 + FAST_RETRY.attempts);
      expect(err).toMatch(
        /^error: The gateway (at http:\/\/127\.0\.0\.1:\d+ does not respond: |is temporarily unavailable\. It returned).* Gave up after 4 attempts\.\n$/,
      );
      expect(out).toContain('3 lines of r.csv done. Run the same command again to resume.\n');
      expect(await checkpoint()).toMatchObject({ done: { line: 5 }, counts: { lines: 3, recorded: 3 } });

      fixture.gateway.reply = () => undefined;
      expect((await fixture.run('r.csv')).exitCode).toBe(0);
      expect(fixture.gateway.recorded.size).toBe(6);
      expect(fixture.gateway.calls.at(-1)!.readings).toHaveLength(3);
    },
  );

  it('can start after the import', async () => {
    await fixture.gateway.stop();
    const reserved = await ReservedPort.take();
    const port = reserved.number;
    const out = new TextOutput();
    const running = fixture.run('r.csv', {
      out,
      args: ['--url', `http://127.0.0.1:${port}/graphql`],
      env: { retry: { attempts: 1_000_000, firstMs: 5, maxMs: 20 } },
    });
    await eventually(() => out.text.includes('Retrying'));
    await fixture.gateway.listen(port);
    expect((await running).exitCode).toBe(0);
    await reserved.giveBack();
    expect(out.text).toContain(`The gateway at http://127.0.0.1:${port} does not respond: connect ECONNREFUSED`);
    expect(fixture.gateway.recorded.size).toBe(6);
  });

  it('determines the pause with Retry-After, up to a minute', async () => {
    fixture.gateway.reply = () => ({ status: 503, headers: { 'retry-after': '3600' }, body: 'later' });
    const out = new TextOutput();
    const stop = new Stop();
    const running = fixture.run('r.csv', { out, env: { interrupted: stop.signal } });
    await eventually(() => out.text.includes('Retrying in 60.0 s.'));
    stop.now();
    expect((await running).exitCode).toBe(130);
    expect(fixture.gateway.calls).toHaveLength(1);
  });
});

describe('an error that a retry cannot fix', () => {
  it.each<[string, Reply, string]>([
    [
      '401',
      { status: 401, body: { errors: [{ message: 'Unknown key.', extensions: { code: 'UNAUTHENTICATED' } }] } },
      'The gateway rejected the key in API_KEY. It returned: Unknown key.',
    ],
    [
      '401 of a proxy',
      { status: 401, body: 'no' },
      'The gateway rejected the key in API_KEY. It returned HTTP status 401.',
    ],
    [
      '403',
      { status: 403, body: '' },
      'The key in API_KEY is not allowed to record readings. It returned HTTP status 403.',
    ],
    [
      'FORBIDDEN',
      topLevel('FORBIDDEN', 'Not allowed.', ['recordReadings']),
      'The key in API_KEY is not allowed to record readings. It returned: Not allowed.',
    ],
    [
      '413',
      { status: 413, body: { errors: [{ message: 'Too large.', extensions: { code: 'BAD_USER_INPUT' } }] } },
      'The batch is too large for the gateway. Use a smaller --batch-size. It returned: Too large.',
    ],
    [
      'OPERATION_TOO_COMPLEX',
      topLevel('OPERATION_TOO_COMPLEX', 'Too much.'),
      'The batch is too large for the gateway. Use a smaller --batch-size. It returned: Too much.',
    ],
    [
      'BAD_USER_INPUT of no reading',
      topLevel('BAD_USER_INPUT', 'At most 2 readings.', ['input', 'readings']),
      'The gateway refused the readings. It returned: At most 2 readings.',
    ],
    [
      'BAD_USER_INPUT of a reading that was not sent',
      topLevel('BAD_USER_INPUT', 'No.', ['input', 'readings', '3']),
      'The gateway refused the readings. It returned: No.',
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
      'The gateway refused the readings. It returned: Cannot query field "recordReadings".',
    ],
    [
      '404',
      { status: 404, body: 'Not found' },
      'The response does not come from a gateway. Check --url. It returned HTTP status 404.',
    ],
    [
      'an HTML page',
      { body: '<html>Welcome</html>' },
      'The response does not come from a gateway. Check --url. It returned HTTP status 200.',
    ],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'The response does not come from a gateway. Check --url. It returned HTTP status 307.',
    ],
    [
      'too few results',
      { body: { data: { recordReadings: { results: [{ outcome: 'RECORDED', userErrors: [] }] } } } },
      'The gateway returned 1 of 3 results. Check that its version matches this program.',
    ],
    [
      'no results',
      { body: { data: { recordReadings: null } } },
      'The gateway returned 0 of 3 results. Check that its version matches this program.',
    ],
  ])('ends the import at once: %s', async (_what, reply, message) => {
    fixture.gateway.reply = (_call, number) => (number === 2 ? reply : undefined);
    const { exitCode, out, err } = await fixture.run('r.csv', inThrees);
    expect(exitCode).toBe(1);
    expect(err).toBe(`error: ${message}\n`);
    expect(`${out}${err}`).not.toContain('a-key');
    expect(fixture.gateway.calls).toHaveLength(2);
    expect(await checkpoint()).toMatchObject({ done: { line: 5 }, counts: { lines: 3, recorded: 3 } });
  });

  it('ends the pauses of other calls', async () => {
    const out = new TextOutput();
    fixture.gateway.reply = (_call, number) =>
      number === 1 ? { status: 503, headers: { 'retry-after': '60' }, body: '' } : { status: 403, body: '' };
    fixture.gateway.holding = async (_call, number) => {
      if (number === 2) await eventually(() => out.text.includes('Retrying in 60.0 s.'));
    };
    const { exitCode, err } = await fixture.run('r.csv', { out, args: ['--batch-size', '3', '--concurrency', '2'] });
    expect(exitCode).toBe(1);
    expect(err).toBe('error: The key in API_KEY is not allowed to record readings. It returned HTTP status 403.\n');
    expect(await checkpoint()).toMatchObject({ done: { line: 2 }, counts: { lines: 0 } });
  });
});

import { GatewayBuild } from '../support/gateway-process';
import { ImportProcess } from './import-process.harness';
import { csv, ImportFixture, flows } from './import.harness';

let build: GatewayBuild;
let fixture: ImportFixture;
beforeAll(async () => {
  build = await GatewayBuild.make();
});
afterAll(() => build.remove());
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const start = (args: readonly string[] = []) =>
  new ImportProcess(build, [fixture.path('r.csv'), ...args], {
    API_KEY: 'a-key',
    GATEWAY_URL: fixture.gateway.url,
  });

it('imports a file', async () => {
  await fixture.write('r.csv', csv(flows(3)));
  const { exitCode, out, err } = await start().exited;
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain('Imported r.csv: 3 lines in ');
  expect(fixture.gateway.calls).toMatchObject([{ authorization: 'Bearer a-key' }]);
});

it('lists all invalid variables', async () => {
  await fixture.write('r.csv', csv(flows(3)));
  const { exitCode, out, err } = await new ImportProcess(build, [fixture.path('r.csv')], { GATEWAY_URL: 'x' }).exited;
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(err).toMatch(
    /^error: The configuration is invalid:\n {2}GATEWAY_URL: must be .*\n {2}API_KEY: is missing.*\n$/,
  );
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('completes the calls in flight after %s', async (signal, exitCode) => {
  await fixture.write('r.csv', csv(flows(100)));
  const importing = start(['--batch-size', '1', '--concurrency', '1']);
  fixture.gateway.holding = (_call, number) => {
    if (number === 5) importing.end(signal);
    // The response is held until the process has received the signal.
    return number === 5 ? importing.untilError(`${signal}: waiting`) : undefined;
  };
  const result = await importing.exited;
  expect(result).toMatchObject({ exitCode, signal: null });
  expect(result.out).toContain('Stopped. 5 lines of r.csv done.');
  expect(fixture.gateway.calls).toHaveLength(5);
  expect((await start().exited).out).toMatch(/^Resuming r\.csv at line 7: 5 lines done before\.\n/);
});

it('records every line and lists every refused line once, however often it is killed', async () => {
  const lines = flows(90).flatMap((line, index) => (index % 7 === 3 ? [line, `half ${index}`] : [line]));
  await fixture.write('r.csv', csv(lines));
  fixture.gateway.refuse = ({ takenAt }) =>
    takenAt.endsWith('5:00.000Z') ? { code: 'INVALID_READING', message: 'takenAt is refused.' } : undefined;
  let kills = 0;
  for (let killAt = 3; ; killAt += 3) {
    const importing = start(['--batch-size', '4']);
    const from = fixture.gateway.calls.length;
    // Recorded, but the response is lost.
    fixture.gateway.reply = (_call, number) => {
      if (number - from !== killAt) return undefined;
      importing.end('SIGKILL');
      return 'hang up';
    };
    const { signal, exitCode } = await importing.exited;
    if (signal !== 'SIGKILL') {
      expect(exitCode).toBe(2);
      break;
    }
    kills += 1;
  }
  expect(kills).toBeGreaterThan(2);
  const isRefused = (line: string) => line.startsWith('half') || line.includes('5:00.000Z');
  expect(fixture.gateway.recorded.size).toBe(lines.filter((line) => !isRefused(line)).length);
  const refused = await fixture.refused('r.csv.refused.csv');
  expect(refused.map(({ line }) => Number(line))).toEqual(
    lines.flatMap((line, index) => (isRefused(line) ? [index + 2] : [])),
  );
  expect(await fixture.files()).toEqual(['r.csv', 'r.csv.refused.csv']);
});

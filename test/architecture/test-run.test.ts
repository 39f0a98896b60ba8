import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY, runTool } from '../support/tool';

const JANITOR = join(REPOSITORY, 'test/setup/janitor.cjs');

/** Runs the janitor as at the end of a run. */
async function tidy(...folders: string[]): Promise<{ code: number | null; output: string }> {
  const janitor = spawn(process.execPath, [JANITOR, ...folders], { stdio: ['pipe', 'ignore', 'pipe'] });
  let output = '';
  janitor.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  janitor.stdin.end();
  const [code] = (await once(janitor, 'close')) as [number | null];
  return { code, output };
}

describe('leftovers of a run', () => {
  it('folders are removed', async () => {
    const folders = [await mkdtemp(join(tmpdir(), 'left-')), await mkdtemp(join(tmpdir(), 'left-'))];
    expect(await tidy(...folders)).toEqual({ code: 0, output: '' });
    expect(folders.filter(existsSync)).toEqual([]);
  });

  it("processes are ended and folders removed even if the janitor's output is closed", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'left-'));
    const left = spawn(process.execPath, ['-e', `setInterval(() => {}, 1000)`, folder], { stdio: 'ignore' });
    const ended = once(left, 'exit');
    await once(left, 'spawn');
    const janitor = spawn(process.execPath, [JANITOR, folder], { stdio: ['pipe', 'ignore', 'pipe'] });
    janitor.stderr.destroy();
    janitor.stdin.end();
    expect(await once(janitor, 'exit')).toEqual([1, null]);
    expect(await ended).toEqual([null, expect.stringMatching(/SIGQUIT|SIGKILL/)]);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ['with the folder in its command line', (folder: string) => ({ args: [folder], env: {} })],
    ['with the folder in its environment', (folder: string) => ({ args: [], env: { TMPDIR: folder } })],
  ])('a process %s is ended and reported', async (_what, startedIn) => {
    const folder = await mkdtemp(join(tmpdir(), 'left-'));
    const { args, env } = startedIn(folder);
    const script = `process.stdout.write('started'); setInterval(() => {}, 1000)`;
    const left = spawn(process.execPath, ['-e', script, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(left, 'exit');
    await once(left.stdout, 'data');
    const { code, output } = await tidy(folder);
    expect(await ended).toEqual([null, 'SIGQUIT']);
    expect([code, output.split('\n')[0]]).toEqual([1, 'The tests left these processes running; they were ended:']);
    expect(output).toContain(`\n  ${left.pid} ${process.execPath} -e`);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the closing line', () => {
  const REPORTER = join(REPOSITORY, 'test/setup/closing-line.reporter.cjs');

  /** Runs the reporter on tests with these names and states. Returns its lines, and whether the run passes. */
  async function closing(tests: Record<string, string>, { brokenFiles = 0, testNamePattern = '' } = {}) {
    const ofStatus = (wanted: string) => Object.values(tests).filter((status) => status === wanted).length;
    const results = {
      numPassedTests: ofStatus('passed'),
      numFailedTests: ofStatus('failed'),
      numRuntimeErrorTestSuites: brokenFiles,
      testResults: [
        {
          testFilePath: 'a.test.ts',
          testResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
        },
      ],
    };
    const script = `const Reporter = require(${JSON.stringify(REPORTER)});
      const reporter = new Reporter(${JSON.stringify({ testNamePattern })});
      reporter.onRunComplete(undefined, ${JSON.stringify(results)});
      process.stdout.write(reporter.getLastError() ? 'fails' : 'passes');`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await once(child, 'close');
    return { run: out, lines: err.trim().split('\n') };
  }

  it('counts passed, failed and skipped tests', async () => {
    expect(await closing({ one: 'passed', two: 'passed', three: 'failed' }, { brokenFiles: 1 })).toEqual({
      run: 'passes',
      lines: ['Files that could not be run: 1, see above', 'Tests: 2 passed, 2 failed, 0 skipped'],
    });
  });

  it.each(['pending', 'todo'])('fails the run if a %s test could have run on this machine', async (status) => {
    expect(await closing({ one: 'passed', two: status, 'three [needs nothing]': status })).toEqual({
      run: 'fails',
      lines: [
        '2 skipped: no reason',
        '  skipped although it can run here: two (a.test.ts)',
        '  skipped although it can run here: three [needs nothing] (a.test.ts)',
        'Tests: 1 passed, 0 failed, 2 skipped',
      ],
    });
  });

  it('reports the pattern when tests are selected by name', async () => {
    expect(await closing({ one: 'passed', two: 'pending' }, { testNamePattern: 'one' })).toEqual({
      run: 'passes',
      lines: ['1 skipped: name does not match one', 'Tests: 1 passed, 0 failed, 1 skipped'],
    });
  });
});

it("a failed test shows its gateway's log and the statement that failed", async () => {
  const { exitCode, stderr } = await runTool('jest/bin/jest.js', [
    '--config',
    JSON.stringify({
      rootDir: REPOSITORY,
      cacheDirectory: join(REPOSITORY, 'node_modules/.cache/jest'),
      runtime: join(REPOSITORY, 'test/setup/shared-modules.runtime.cjs'),
      testEnvironment: join(REPOSITORY, 'test/setup/test-environment.ts'),
      testMatch: [join(REPOSITORY, 'test/architecture/failing.fixture.ts')],
      transform: { '\\.[cm]?[jt]s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } } }] },
    }),
  ]);
  expect(exitCode).toBe(1);
  const shown = stderr.slice(stderr.indexOf("The gateway's log during this test:"), stderr.indexOf('Test Suites:'));
  expect(shown.split('\n').map((line) => line.trim())).toEqual([
    "The gateway's log during this test:",
    '',
    '{"level":"error","err":{"statement":"find_device"},"msg":"operation failed"}',
    'The failed statement: /* find_device */ select 1',
    '',
    '',
  ]);
});

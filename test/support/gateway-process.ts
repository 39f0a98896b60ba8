import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmod, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { forget, record } from './recording';

const PROJECT = resolve(__dirname, '../..');
const TIME_LIMITS = join(__dirname, 'time-limits.preload.cjs');
const run = promisify(execFile);

/** Time limits of the gateway in milliseconds, and their replacements in a test. */
export type TimeLimits = Readonly<Record<number, number>>;

/** No limit: the longest delay of a timer. */
export const NO_LIMIT_MS = 2 ** 31 - 1;

/** The gateway as built and run by `npm start`, with its own data folder. */
export class GatewayBuild {
  private readonly started: GatewayProcess[] = [];

  private constructor(readonly folder: string) {}

  static async make(): Promise<GatewayBuild> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'gateway-process-')));
    await chmod(folder, 0o711); // for root, PostgreSQL runs as another account
    for (const name of ['node_modules', 'package.json', 'schema.graphql', 'docs'])
      await symlink(join(PROJECT, name), join(folder, name));
    const { scripts } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
      scripts: { build: string };
    };
    const [command, ...args] = scripts.build.replace('--out-dir dist', `--out-dir ${join(folder, 'dist')}`).split(' ');
    await run(join(PROJECT, 'node_modules/.bin', command!), args, { cwd: PROJECT });
    return new GatewayBuild(folder);
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  async start(env: Record<string, string> = {}, timeLimits: TimeLimits = {}): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.start(join(this.folder, 'dist/src/main.js'), {
      DATA_DIR: this.dataDir,
      PORT: '0',
      STATEMENT_TIMEOUT_MS: '600000',
      NODE_OPTIONS: `--require ${JSON.stringify(TIME_LIMITS)}`,
      TIME_LIMITS: JSON.stringify(timeLimits),
      ...env,
    });
    this.started.push(gateway);
    return gateway;
  }

  /** Stops processes that a failed test left running, including databases. */
  async remove(): Promise<void> {
    for (const gateway of this.started) if (!gateway.hasExited) await gateway.end('SIGTERM');
    for (const gateway of this.started) forget(gateway);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A gateway in a separate process. */
export class GatewayProcess {
  output = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  url = '';

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.exited = new Promise((resolveExit) => child.once('exit', (code, signal) => resolveExit({ code, signal })));
    record(this);
  }

  static async start(main: string, env: Record<string, string>): Promise<GatewayProcess> {
    const child = spawn(process.execPath, [main], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    });
    const gateway = new GatewayProcess(child);
    const ready = new Promise<string>((resolveReady) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          gateway.output += chunk.toString();
          const line = /^\{.*"msg":"gateway ready".*\}$/m.exec(gateway.output)?.[0];
          if (line) resolveReady((JSON.parse(line) as { url: string }).url);
        });
      }
    });
    const ended = gateway.exited.then(() => Promise.reject(new Error(`The gateway ended:\n${gateway.output}`)));
    gateway.url = await Promise.race([ready, ended]);
    ended.catch(() => undefined); // an exit is expected from now on
    return gateway;
  }

  get log(): string {
    return this.output;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** @returns its exit code and signal */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.exited;
  }
}

import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmod, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const PROJECT = resolve(__dirname, '../..');
const run = promisify(execFile);

/** The gateway as `npm start` builds and runs it, with a data folder of its own. */
export class GatewayBuild {
  private readonly started: GatewayProcess[] = [];

  private constructor(readonly folder: string) {}

  static async make(): Promise<GatewayBuild> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'gateway-process-')));
    await chmod(folder, 0o711); // run by root, PostgreSQL is another account
    await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
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

  async start(env: Record<string, string> = {}): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.start(join(this.folder, 'dist/src/main.js'), {
      DATA_DIR: this.dataDir,
      PORT: '0',
      ...env,
    });
    this.started.push(gateway);
    return gateway;
  }

  /** Stops what a test that failed has left running, databases included. */
  async remove(): Promise<void> {
    for (const gateway of this.started) if (!gateway.hasExited) await gateway.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A gateway in a process of its own. */
export class GatewayProcess {
  output = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  url = '';
  /** From the start of the process until it was ready. */
  startMs = 0;

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    this.exited = new Promise((resolveExit) => child.once('exit', (code, signal) => resolveExit({ code, signal })));
  }

  static async start(main: string, env: Record<string, string>): Promise<GatewayProcess> {
    const began = performance.now();
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
    ended.catch(() => undefined); // its end is expected from now on
    gateway.startMs = performance.now() - began;
    return gateway;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** @returns how it ended, and how many milliseconds after the signal */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }> {
    const began = performance.now();
    this.child.kill(signal);
    return { ...(await this.exited), ms: performance.now() - began };
  }
}

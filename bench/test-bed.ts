import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/platform/postgres/embedded-postgres';
import { migrate, type MigrateOptions } from '../src/platform/db/migrate';
import { loadDemoData } from '../src/programs/demo/load-demo-data';

/** The environment of a benchmark. */
export interface TestBed {
  /** URL of the database, as superuser. */
  databaseUrl: string;
  /**
   * Starts a server as a separate process.
   *
   * @param script in this folder; it sends its URL when it listens, and exits on SIGTERM
   */
  start: (script: string, options?: StartOptions) => Promise<BenchServer>;
}

export interface StartOptions {
  /** Further variables of its environment. */
  env?: NodeJS.ProcessEnv;
  /** Maximum size of its heap in MB. Default: Node's. */
  heapMb?: number;
  /** Another Node.js. */
  execPath?: string;
}

export interface BenchServer {
  url: string;
  process: ChildProcess;
}

export interface TestBedOptions {
  /** Default: all. */
  migrations?: MigrateOptions['migrations'];
  /** Settings of PostgreSQL. */
  settings?: Record<string, string>;
  /** Fills the migrated database. Default: the demo data. */
  fill?: (databaseUrl: string) => Promise<unknown>;
  /** Folder of the database, which stays there for the next run. Default: a new one, deleted afterwards. */
  keepIn?: string;
}

/** A server that hangs is killed after this time. */
const STOP_TIMEOUT_MS = 10_000;

/** Otherwise a benchmark that is ended from outside, as by its time limit, would leave its PostgreSQL running. */
async function untilSignal(): Promise<never> {
  await Promise.race(['SIGTERM', 'SIGINT'].map((signal) => once(process, signal)));
  throw new Error('Ended by a signal.');
}

/**
 * Runs a benchmark on an embedded PostgreSQL of its own, and stops everything afterwards.
 */
export async function onTestBed(
  work: (bed: TestBed) => Promise<void>,
  { migrations, settings = {}, fill = (url) => loadDemoData(url, new Date()), keepIn }: TestBedOptions = {},
): Promise<void> {
  const folder = keepIn ?? (await mkdtemp(join(tmpdir(), 'gateway-bench-')));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711); // for root, the server runs as another account, and mkdtemp gives access only to the owner
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings, log: () => {} });
  const children: ChildProcess[] = [];
  try {
    await migrate({ url: postgres.url, servingUser: 'postgres', migrations });
    await fill(postgres.url);
    const env = { ...process.env, NODE_ENV: 'production', BENCH_DATABASE_URL: postgres.url };
    const bed: TestBed = {
      databaseUrl: postgres.url,
      async start(script, options = {}) {
        const { heapMb, execPath = process.execPath } = options;
        const child = fork(join(__dirname, script), {
          execPath,
          env: { ...env, ...options.env },
          execArgv: heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`],
        });
        children.push(child);
        const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${script} did not start.`)));
        const [url] = (await Promise.race([once(child, 'message'), ended])) as [string];
        return { url, process: child };
      },
    };
    await Promise.race([work(bed), untilSignal()]);
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    }
    await postgres.stop();
    if (keepIn === undefined) await rm(folder, { recursive: true, force: true });
  }
}

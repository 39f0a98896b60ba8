import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/platform/postgres/embedded-postgres';
import { migrate, type MigrateOptions } from '../src/platform/db/migrate';
import { loadDemoData } from '../src/programs/demo/load-demo-data';

/** The environment of a benchmark. */
export interface TestBed {
  /** URL of the database with the demo data, as superuser. */
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
}

export interface BenchServer {
  url: string;
  process: ChildProcess;
}

/** A server that hangs is killed after this time. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * Runs a benchmark on a new embedded PostgreSQL, and stops everything afterwards.
 *
 * @param migrations by default, all
 */
export async function onTestBed(
  work: (bed: TestBed) => Promise<void>,
  { migrations }: Pick<MigrateOptions, 'migrations'> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
  await chmod(folder, 0o711); // for root, the server runs as another account, and mkdtemp gives access only to the owner
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: () => {} });
  const children: ChildProcess[] = [];
  try {
    await migrate({ url: postgres.url, servingUser: 'postgres', migrations });
    await loadDemoData(postgres.url, new Date());
    const env = { ...process.env, NODE_ENV: 'production', BENCH_DATABASE_URL: postgres.url };
    await work({
      databaseUrl: postgres.url,
      async start(script, options = {}) {
        const { heapMb } = options;
        const child = fork(join(__dirname, script), {
          env: { ...env, ...options.env },
          execArgv: heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`],
        });
        children.push(child);
        const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${script} did not start.`)));
        const [url] = (await Promise.race([once(child, 'message'), ended])) as [string];
        return { url, process: child };
      },
    });
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
    await rm(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Client, type QueryResult } from 'pg';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/platform/postgres/embedded-postgres';
import { eventually } from '../support/eventually';

const PROJECT = resolve(__dirname, '../..');

/** The folder of one test, with the servers started in it and the launcher's log. */
export class Workbench {
  folder = '';
  readonly logged: { message: string; fields?: Record<string, unknown> }[] = [];
  private readonly servers: EmbeddedPostgres[] = [];

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  readonly log: EmbeddedPostgresOptions['log'] = (message, fields) => this.logged.push({ message, fields });

  async open(): Promise<void> {
    this.folder = await temporaryFolder();
  }

  async start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({
      dataDir: this.dataDir,
      settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB' },
      log: this.log,
      ...options,
    });
    this.servers.push(server);
    return server;
  }

  /** Stops all servers and removes all folders, including fallback folders. */
  async close(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    const places = this.logged.splice(0).map(({ fields }) => fields?.place);
    const moved = places.filter((place) => typeof place === 'string').map((place) => dirname(place));
    for (const path of [this.folder, ...moved]) await rm(path, { recursive: true, force: true });
  }
}

/** A new folder that every account can enter, because PostgreSQL runs as another account when the tests run as root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-')));
  await chmod(folder, 0o711);
  return folder;
}

/** Runs statements one after another on a separate connection. Returns errors as results. */
export async function query(server: EmbeddedPostgres, ...statements: string[]): Promise<(QueryResult | Error)[]> {
  const client = new Client({ connectionString: server.url });
  client.on('error', () => undefined); // the pending query also gets the error
  await client.connect();
  const results: (QueryResult | Error)[] = [];
  for (const statement of statements)
    results.push(await client.query(statement).catch((error: unknown) => error as Error));
  await client.end().catch(() => undefined);
  return results;
}

export async function rowsOf(server: EmbeddedPostgres, statement: string): Promise<unknown[]> {
  const [result] = await query(server, statement);
  if (result instanceof Error) throw result;
  return result!.rows as unknown[];
}

export async function postmasterPid(server: EmbeddedPostgres): Promise<number> {
  return Number((await readFile(pidFile(server), 'utf8')).split('\n')[0]);
}

export function pidFile(server: EmbeddedPostgres): string {
  return join(server.dataDir, 'cluster', 'postmaster.pid');
}

export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process whose parent was killed may remain as a zombie where process 1 does not reap it.
  return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));
}

export async function gone(pid: number): Promise<void> {
  await eventually(async () => !(await isRunning(pid)), `the end of process ${pid}`);
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A gateway in a separate process, which tests kill. It writes a line when it is ready. */
export async function startInChild(dataDir: string): Promise<{ kill(): Promise<void> }> {
  const source = `
    const swc = require(${JSON.stringify(require.resolve('@swc/core'))});
    const options = { ...require(${JSON.stringify(join(PROJECT, '.config/swcrc.json'))}), swcrc: false, sourceMaps: false };
    require.extensions['.ts'] = (module, file) => module._compile(swc.transformFileSync(file, options).code, file);
    const { startEmbeddedPostgres } = require(${JSON.stringify(join(PROJECT, 'src/platform/postgres/embedded-postgres.ts'))});
    startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log() {} }).then(() => console.log('ready'));`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited.then(() => Promise.reject(new Error('The gateway exited')))]);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

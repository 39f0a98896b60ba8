import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdtemp, open, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { giveTo, type ServerHome } from './embedded-postgres.placement';
import { findServer, removeForeignPidFile, type ServerProcess } from './embedded-postgres.process';
import { errorCode } from './embedded-postgres.support';

const run = promisify(execFile);

const POLL_MS = 10;
/** Replaying the log after a crash is the slow case; a fresh start takes a tenth of a second. */
const START_TIMEOUT_MS = 60_000;
/** Covers a free port that was taken in between, and backends that outlive a killed server for a moment. */
const START_ATTEMPTS = 10;
const RETRY_MS = 200;
/** Inside the 10 s that a gateway has for its whole drain. */
const FAST_STOP_TIMEOUT_S = 5;
const STAGING = 'cluster-in-the-making-';

/** Nothing of the gateway's environment reaches the server: it holds secrets, and PG* variables would change its course. */
const ENVIRONMENT = { LC_ALL: 'C' };

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '256MB',
  min_wal_size: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  io_method: 'sync', // no pool of I/O workers for a database that fits into memory
  max_parallel_workers_per_gather: '0', // parallel plans need /dev/shm, 64 MB in a container, for pages of 100 rows
  // What clients sent must not reach the log. An ERROR's primary message quotes values ("invalid input syntax for type
  // bigint: …"), so errors are left to the client that gets them; `log` ranks above ERROR and keeps LOG, FATAL and PANIC.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse', // no DETAIL ("Failed process was running: …"), CONTEXT or QUERY
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
};

/**
 * The superuser's password, made at random once and kept beside the cluster, readable by its owner only.
 *
 * @throws Error  when there is a cluster but its password is gone
 */
export async function keepPassword(home: ServerHome): Promise<string> {
  const path = passwordFile(home);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  if (await exists(home.clusterDir)) throw new Error(`The database's password is gone: ${path} is missing`);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  await giveTo(home.user, draft); // initdb reads it
  try {
    await link(draft, path); // whole or not at all, and the first of several gateways wins
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(path, 'utf8');
}

/** Makes the cluster unless there is one. Of several gateways that do so at once one wins, and all go on with its cluster. */
export async function ensureCluster(home: ServerHome): Promise<void> {
  if (await exists(home.clusterDir)) return;
  const staging = await mkdtemp(join(home.dataDir, STAGING));
  try {
    await giveTo(home.user, staging);
    await runTool(home, 'initdb', [
      ...['-D', staging, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile(home)}`],
      // The C.UTF-8 of PostgreSQL itself: sorting does not depend on the machine, nor change with its libc.
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'],
    ]);
    await rename(staging, home.clusterDir);
  } catch (error) {
    if (!(await exists(home.clusterDir))) throw error;
  }
  // Ours if another was faster, and what killed starts have left. One that is still at work finds the cluster made.
  const leftovers = (await readdir(home.dataDir)).filter((name) => name.startsWith(STAGING));
  await Promise.all(
    leftovers.map((name) => rm(join(home.dataDir, name), { recursive: true, force: true }).catch(() => {})),
  );
}

/**
 * The server on this cluster, ready for connections: the one that runs already, or a new one.
 *
 * @throws Error  with the end of the server's log when it does not start
 */
export async function ensureServer(
  home: ServerHome,
  port: number | undefined,
  settings: Record<string, string>,
): Promise<ServerProcess & { started: boolean }> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let attempts = 0;
  for (;;) {
    const running = await findServer(home.clusterDir);
    if (running?.status === 'ready') return { ...running, started: false };
    if (running === undefined) {
      await removeForeignPidFile(home.clusterDir);
      const logStart = await stat(home.logFile).then(
        (log) => log.size,
        () => 0,
      );
      const started = await spawnServer(
        home,
        { ...SETTINGS, ...settings, port: `${port ?? (await freePort())}` },
        deadline,
      );
      if (started) return { ...started, started: true };
      attempts += 1;
      if (attempts === START_ATTEMPTS) throw new Error(`PostgreSQL did not start:\n${await logSince(home, logStart)}`);
      await sleep(RETRY_MS);
    }
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL was not ready within ${START_TIMEOUT_MS} ms, see ${home.logFile}`);
    await sleep(POLL_MS);
  }
}

/** Stops the server, breaking off what its clients are doing; returns when its pid file is gone. */
export async function stopServer(home: ServerHome): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if ((await findServer(home.clusterDir)) === undefined) return;
    try {
      await runTool(home, 'pg_ctl', ['stop', '-D', home.clusterDir, '-m', mode, '-t', `${FAST_STOP_TIMEOUT_S}`]);
      return;
    } catch (error) {
      if (mode === 'immediate' && (await findServer(home.clusterDir)) !== undefined) throw error;
    }
  }
}

/** Starts a server that outlives the gateway; undefined when it ended before it was ready. */
async function spawnServer(
  home: ServerHome,
  settings: Record<string, string>,
  deadline: number,
): Promise<ServerProcess | undefined> {
  const log = await open(home.logFile, 'a', 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(home.binDir, 'postgres'), ['-D', home.clusterDir, ...options], {
    ...home.user,
    cwd: home.binDir, // the gateway's own folder may be closed to the server's account
    env: ENVIRONMENT,
    detached: true, // a group of its own: Ctrl-C in the terminal is for the gateway, which stops the server when it is done
    stdio: ['ignore', log.fd, log.fd],
  });
  const end = new AbortController();
  child.once('exit', () => end.abort());
  child.once('error', () => end.abort());
  child.unref();
  await log.close();
  while (!end.signal.aborted) {
    const server = await findServer(home.clusterDir);
    if (server?.pid === child.pid && server?.status === 'ready') return server;
    if (Date.now() > deadline) child.kill('SIGQUIT');
    await sleep(POLL_MS);
  }
  return undefined;
}

async function runTool(home: ServerHome, tool: 'initdb' | 'pg_ctl', args: string[]): Promise<void> {
  try {
    await run(join(home.binDir, tool), args, { ...home.user, cwd: home.binDir, env: ENVIRONMENT });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`${tool} failed: ${said}`, { cause: error });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => probe.once('listening', resolve).once('error', reject));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port on the loopback interface');
  return address.port;
}

async function logSince(home: ServerHome, offset: number): Promise<string> {
  const log = await readFile(home.logFile);
  return log.subarray(offset).toString('utf8').trim().split('\n').slice(-10).join('\n');
}

function passwordFile(home: ServerHome): string {
  return join(home.dataDir, 'password');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

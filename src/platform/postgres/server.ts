import { spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerHome } from './server-placement';
import { findServer, removeStalePidFile, type ServerProcess } from './server-process';
import { ENVIRONMENT, runTool } from './postgres-tool';
import { EmbeddedDatabaseError } from './system-error';

const POLL_MS = 10;
/** Replay of the write-ahead log after a crash is the slow case. A fresh start takes a tenth of a second. */
const START_TIMEOUT_MS = 60_000;
/** A start can fail when another program takes the free port, or while backends of a killed server still run. */
const START_ATTEMPTS = 5;
const RETRY_MS = 200;
/** For each of the two ways to stop. Both fit into the 10 s that a gateway has to shut down. */
const STOP_TIMEOUT_MS = 4_000;

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_logical_replication_workers: '0',
  max_wal_size: '256MB',
  min_wal_size: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  dynamic_shared_memory_type: 'mmap', // for clusters of earlier versions, see initdb
  io_method: 'sync', // no pool of I/O workers for a database that fits into memory
  max_parallel_workers_per_gather: '0', // parallel plans need /dev/shm, 64 MB in a container, for pages of 100 rows
  // Client data must not reach the log. The primary message of an ERROR quotes values ("invalid input syntax for type
  // bigint: …"), so ERROR is not logged. `log` ranks above ERROR and keeps LOG, FATAL and PANIC.
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
 * The server on this cluster, ready for connections: the running one, or a new one.
 *
 * @param stopping ends a server that is not ready yet
 * @throws Error with the end of the server's log when it does not start, or the reason of `stopping`
 */
export async function ensureServer(
  home: ServerHome,
  port: number | undefined,
  settings: Record<string, string>,
  stopping?: AbortSignal,
): Promise<ServerProcess & { started: boolean }> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let attempts = 0;
  for (;;) {
    stopping?.throwIfAborted();
    const running = await findServer(home.clusterDir);
    if (running?.status === 'ready') return { ...running, started: false };
    if (running === undefined && (await removeStalePidFile(home.clusterDir))) {
      const logStart = await stat(home.logFile).then(
        (log) => log.size,
        () => 0,
      );
      const started = await spawnServer(
        home,
        { ...SETTINGS, ...settings, port: `${port ?? (await usualPort(home))}` },
        deadline,
        stopping,
      );
      if (started) return { ...started, started: true };
      stopping?.throwIfAborted();
      attempts += 1;
      if (attempts === START_ATTEMPTS)
        throw new EmbeddedDatabaseError(`PostgreSQL did not start:\n${await logSince(home, logStart)}`);
      await sleep(RETRY_MS);
    }
    if (Date.now() > deadline)
      throw new EmbeddedDatabaseError(`PostgreSQL was not ready within ${START_TIMEOUT_MS} ms. See ${home.logFile}`);
    await sleep(POLL_MS);
  }
}

/**
 * Stops the server and aborts its clients' statements. Returns when its pid file is gone.
 *
 * Not with `pg_ctl stop`: it waits until no pid file exists, and would stop a server that another gateway starts in the meantime.
 */
export async function stopServer(home: ServerHome): Promise<void> {
  const server = await findServer(home.clusterDir);
  if (server === undefined) return;
  const isThere = async () => (await findServer(home.clusterDir))?.pid === server.pid;
  // INT: fast shutdown, does not wait for clients. QUIT: immediate, without a checkpoint; the next start replays the log.
  for (const signal of ['INT', 'QUIT']) {
    await runTool(home, 'pg_ctl', ['kill', signal, `${server.pid}`]).catch(async (error: unknown) => {
      if (await isThere()) throw error;
    });
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!(await isThere())) return;
      await sleep(POLL_MS);
    }
  }
  throw new EmbeddedDatabaseError(`PostgreSQL (process ${server.pid}) does not stop. See ${home.logFile}`);
}

/** Starts a server that outlives the gateway. Undefined when it exited before it was ready. */
async function spawnServer(
  home: ServerHome,
  settings: Record<string, string>,
  deadline: number,
  stopping: AbortSignal | undefined,
): Promise<ServerProcess | undefined> {
  const log = await open(home.logFile, 'a', 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(home.binDir, 'postgres'), ['-D', home.clusterDir, ...options], {
    ...home.user,
    cwd: home.binDir, // the server's account may not have access to the gateway's folder
    env: ENVIRONMENT,
    detached: true, // separate process group: Ctrl-C in the terminal reaches only the gateway, which stops the server at its end
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
    // QUIT: also while it replays its log, which a fast shutdown waits for.
    if (stopping?.aborted || Date.now() > deadline) child.kill('SIGQUIT');
    await sleep(POLL_MS);
  }
  return undefined;
}

/** The port of the last start, which other gateways may still use. If another program has it, or at the first start, a free one. */
async function usualPort(home: ServerHome): Promise<number> {
  const lastStart = await readFile(join(home.clusterDir, 'postmaster.opts'), 'utf8').catch(() => '');
  const last = /"port=(\d+)"/.exec(lastStart)?.[1];
  return last === undefined ? freePort() : freePort(Number(last)).catch(() => freePort());
}

async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  await new Promise((resolve, reject) => probe.once('listening', resolve).once('error', reject));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string')
    throw new EmbeddedDatabaseError('No free port on the loopback interface');
  return address.port;
}

async function logSince(home: ServerHome, offset: number): Promise<string> {
  const log = await readFile(home.logFile);
  return log.subarray(offset).toString('utf8').trim().split('\n').slice(-10).join('\n');
}

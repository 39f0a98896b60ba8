import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCluster, keepPassword } from './cluster';
import { ServerLease } from './server-lease';
import { findDataDir, findPackage, placeServer, type Log } from './server-placement';
import { findServer } from './server-process';
import { ensureServer, stopServer } from './server';
import { EmbeddedDatabaseError, errorCode } from './system-error';

export { EmbeddedDatabaseError };

const DATABASE = 'gateway';
/** A round fails while another gateway stops the server, or while the server recovers from a crash. */
const ROUNDS = 100;
const ROUND_MS = 100;

export interface EmbeddedPostgresOptions {
  /** Persistent folder, created if missing. Gateways with the same folder share its server. */
  dataDir: string;
  /** Default: that of the last start if it is free, else any free port. A server that is already running keeps its port. */
  port?: number;
  /** Settings of postgresql.conf that override ours, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>;
  /** Aborted to stop during the start, which then fails with the signal's reason and leaves no process running. */
  stopping?: AbortSignal | undefined;
  log: Log;
}

export interface EmbeddedPostgres {
  /** URL of the database `gateway` with the superuser, on the loopback interface. Contains the password: never log it. */
  url: string;
  /** Actual folder of the data. Differs from the requested one if the server's account cannot enter that. */
  dataDir: string;
  logFile: string;
  /** Whether the server was already running, for another gateway or because a gateway was killed. */
  adopted: boolean;
  /** Stops the server if no other gateway uses it, and aborts its clients' statements. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from the binaries in node_modules, or adopts the server that already runs on the data folder.
 *
 * The server is a separate process. It survives a killed gateway, and the next start adopts it. When it ends, e.g. because its disk
 * is full, it is started again on the same port until `stop`, by any of the gateways that use it.
 *
 * @throws Error when the platform has no binaries, no account can run the server, or the server does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const began = performance.now();
  const { log, stopping } = options;
  const home = await placeServer(options.dataDir, log);
  const password = await keepPassword(home);
  await ensureCluster(home, stopping);

  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await ensureServer(home, options.port, options.settings ?? {}, stopping);
    const urlOf = (database: string) => toUrl(password, server.port, database);
    const revive = async (released: AbortSignal): Promise<void> => {
      const { started, port } = await ensureServer(home, server.port, options.settings ?? {}, released);
      if (port !== server.port)
        throw new EmbeddedDatabaseError(
          `Another gateway started it on port ${port}. Start this gateway again, or set DATABASE_PORT=${server.port} for the other one.`,
        );
      if (started) log('embedded PostgreSQL had ended and was started again', { port });
    };
    const lease = await ServerLease.take(urlOf('postgres'), log, revive).catch(async (error: unknown) => {
      if (server.started) await stopServer(home);
      throw error;
    });
    if (!lease) {
      await sleep(ROUND_MS);
      continue;
    }
    const release = () => lease.release(() => stopServer(home));
    try {
      await ensureDatabase(lease);
      stopping?.throwIfAborted();
    } catch (error) {
      await release();
      throw error;
    }
    const fields = {
      port: server.port,
      serverPid: server.pid,
      dataDir: home.dataDir,
      ms: Math.round(performance.now() - began),
    };
    log(server.started ? 'embedded PostgreSQL started' : 'embedded PostgreSQL adopted', fields);

    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      const last = await release();
      log(last ? 'embedded PostgreSQL stopped' : 'embedded PostgreSQL left running for other gateways');
    };
    return {
      url: urlOf(DATABASE),
      dataDir: home.dataDir,
      logFile: home.logFile,
      adopted: !server.started,
      stop: () => (stopped ??= stop()),
    };
  }
  throw new Error(`The embedded PostgreSQL stopped ${ROUNDS} times before it could be used. See ${home.logFile}`);
}

/** What is known of the embedded database without starting it. */
export interface EmbeddedPostgresState {
  /** Folder of the database. Undefined when none was created yet. */
  dataDir: string | undefined;
  /** URL of the running server's database. Contains the password: never log it. Undefined when no server runs. */
  url: string | undefined;
}

/**
 * Looks at the embedded database. Starts nothing and changes nothing.
 *
 * @throws Error when the platform has no binaries
 */
export async function inspectEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgresState> {
  findPackage();
  const place = await findDataDir(dataDir);
  const server = place === undefined ? undefined : await findServer(join(place, 'cluster'));
  if (place === undefined || server?.status !== 'ready') return { dataDir: place, url: undefined };
  const password = await readFile(join(place, 'password'), 'utf8');
  return { dataDir: place, url: toUrl(password, server.port, DATABASE) };
}

/** Names every parameter that pg would otherwise take from the variables PG* of the caller, which are for another database. */
function toUrl(password: string, port: number, database: string): string {
  const parameters = 'sslmode=disable&sslnegotiation=postgres&replication=false';
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}?${parameters}`;
}

async function ensureDatabase(lease: ServerLease): Promise<void> {
  const { rowCount } = await lease.session.query(
    '/* embedded.findDatabase */ SELECT FROM pg_database WHERE datname = $1',
    [DATABASE],
  );
  if (rowCount) return;
  try {
    await lease.session.query(`/* embedded.createDatabase */ CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    // Another gateway created it concurrently. The code depends on the timing.
    if (!['42P04', '23505'].includes(errorCode(error))) throw error;
  }
}

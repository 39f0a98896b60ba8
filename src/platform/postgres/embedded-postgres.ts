import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCluster, keepPassword } from './cluster';
import { ServerLease } from './server-lease';
import { placeServer, type Log } from './server-placement';
import { ensureServer, stopServer } from './server';
import { errorCode } from './system-error';

const DATABASE = 'gateway';
/** A round is lost when another gateway stops the server just now, or when the server is recovering from a crash. */
const ROUNDS = 100;
const ROUND_MS = 100;

export interface EmbeddedPostgresOptions {
  /** Lasts from run to run; made if missing. Several gateways may name the same one: they share its server. */
  dataDir: string;
  /** A free port when left out. A server that already runs keeps the port it has. */
  port?: number;
  /** Settings of postgresql.conf that override ours, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>;
  log: Log;
}

export interface EmbeddedPostgres {
  /** The database `gateway`, as superuser, on the loopback interface. Holds the password: never log it. */
  url: string;
  /** Where the data really lies: not the folder asked for where the server's account cannot enter that one. */
  dataDir: string;
  logFile: string;
  /** Whether the server ran already, for another gateway or since one was killed. */
  adopted: boolean;
  /** Stops the server if no other gateway uses it; breaks off what clients still do. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from the binaries in node_modules, or goes on with the server that runs on this data folder.
 *
 * The server is a process of its own: it survives a killed gateway, and the next start adopts it.
 *
 * @throws Error  where the platform has no binaries, no account fits, or the server does not start; the message says which
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const began = performance.now();
  const { log } = options;
  const home = await placeServer(options.dataDir, log);
  const password = await keepPassword(home);
  await ensureCluster(home);

  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await ensureServer(home, options.port, options.settings ?? {});
    const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${server.port}/${database}`;
    const lease = await ServerLease.take(urlOf('postgres'), log);
    if (!lease) {
      await sleep(ROUND_MS);
      continue;
    }
    const release = () => lease.release(() => stopServer(home));
    try {
      await ensureDatabase(lease);
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

    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      const last = await release();
      log(last ? 'embedded PostgreSQL stopped' : 'embedded PostgreSQL left to the other gateways');
    };
    return {
      url: urlOf(DATABASE),
      dataDir: home.dataDir,
      logFile: home.logFile,
      adopted: !server.started,
      stop: () => (stopping ??= stop()),
    };
  }
  throw new Error(`The embedded PostgreSQL went away ${ROUNDS} times before it could be used, see ${home.logFile}`);
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
    // Another gateway made it meanwhile; which of the two codes comes is a matter of microseconds.
    if (!['42P04', '23505'].includes(errorCode(error))) throw error;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, link, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { Client } from 'pg';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions } from '../../src/platform/postgres/embedded-postgres';
import { keepPassword } from '../../src/platform/postgres/cluster';
import type { ServerHome } from '../../src/platform/postgres/server-placement';
import { explainError } from '../../src/platform/db/explain-error';
import { removeStalePidFile } from '../../src/platform/postgres/server-process';
import { eventually } from '../support/eventually';
import {
  Workbench,
  freePort,
  gone,
  isRunning,
  pidFile,
  postmasterPid,
  query,
  rowsOf,
  startInChild,
  temporaryFolder,
} from './embedded-postgres.harness';

const bench = new Workbench();
beforeEach(() => bench.open());
afterEach(() => bench.close());

// initdb is the slow part of a first start, so the tests that do not need a new folder share one.
let prepared: string;
beforeAll(async () => {
  prepared = join(await temporaryFolder(), 'data');
  const server = await bench.start({ dataDir: prepared });
  await server.stop();
});
afterAll(() => rm(dirname(prepared), { recursive: true, force: true }));

async function startPrepared(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  return bench.start({ dataDir: prepared, ...options });
}

/** Tries again when another program has taken the free port in the meantime. */
async function startOnFreePort(): Promise<{ port: number; server: EmbeddedPostgres }> {
  for (;;) {
    const port = await freePort();
    try {
      return { port, server: await startPrepared({ port }) };
    } catch (error) {
      if (!String(error).includes('Address already in use')) throw error;
    }
  }
}

test('PostgreSQL 18 listens on the loopback interface and requires the password', async () => {
  const { dataDir } = bench;
  const server = await bench.start();
  expect(server).toMatchObject({ adopted: false, dataDir, logFile: join(dataDir, 'postgres.log') });
  const url = new URL(server.url);
  expect(url).toMatchObject({
    protocol: 'postgres:',
    username: 'postgres',
    hostname: '127.0.0.1',
    pathname: '/gateway',
  });
  expect(url.password).toMatch(/^[\w-]{32}$/);
  expect(
    await rowsOf(
      server,
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('is_superuser') AS superuser,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
              (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
    ),
  ).toEqual([
    {
      major: 18,
      superuser: 'on',
      addresses: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      fsync: 'off',
      locale: 'C.UTF-8',
    },
  ]);
  expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
  expect((await readdir(dataDir)).sort()).toEqual(['cluster', 'password', 'postgres.log']);

  url.password = 'guess';
  await expect(new Client({ connectionString: url.href }).connect()).rejects.toMatchObject({ code: '28P01' });
  expect(JSON.stringify(bench.logged)).not.toContain(new URL(server.url).password);
});

test('a stopped server leaves no pid file, and the next start has the data and the requested port', async () => {
  const first = await startPrepared();
  await query(first, 'CREATE TABLE kept AS SELECT 42 AS value');
  const pid = await postmasterPid(first);
  await Promise.all([first.stop(), first.stop()]);
  await gone(pid);
  await expect(stat(pidFile(first))).rejects.toMatchObject({ code: 'ENOENT' });

  const { port, server: second } = await startOnFreePort();
  expect(second.adopted).toBe(false);
  expect(new URL(second.url).port).toBe(`${port}`);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
  expect(await rowsOf(second, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
});

test('a server whose gateway was killed is adopted with its data, and stopped at the end', async () => {
  const gateway = await startInChild(prepared);
  await gateway.kill();

  const server = await startPrepared();
  const pid = await postmasterPid(server);
  expect(server.adopted).toBe(true);
  expect(await isRunning(pid)).toBe(true);
  // The killed gateway's lease ends when PostgreSQL notices the closed connection.
  const leases = `SELECT FROM pg_stat_activity WHERE application_name = 'gateway lease'`;
  await eventually(async () => (await rowsOf(server, leases)).length === 1, 'the end of the lease');
  await server.stop();
  await gone(pid);
});

test('gateways that share a data folder share its server, and the last one stops it', async () => {
  const first = await startPrepared();
  const second = await startPrepared();
  const pid = await postmasterPid(first);
  expect([first.adopted, second.adopted]).toEqual([false, true]);
  expect(second.url).toBe(first.url);

  await first.stop();
  expect(await rowsOf(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await second.stop();
  await gone(pid);
});

test('gateways that start and stop concurrently on a new folder use one server', async () => {
  const both = await Promise.all([bench.start(), bench.start()]);
  expect(both.map((server) => server.adopted).sort()).toEqual([false, true]);
  expect(both[1].url).toBe(both[0].url);
  expect((await readdir(bench.dataDir)).sort()).toEqual(['cluster', 'password', 'postgres.log']);
  const pid = await postmasterPid(both[0]);
  await Promise.all(both.map((server) => server.stop()));
  await gone(pid);
});

test('gateways that generate the password of a new folder concurrently get the same one', async () => {
  for (let round = 0; round < 30; round += 1) {
    const dataDir = await mkdtemp(join(bench.folder, 'password-'));
    const home = { dataDir, clusterDir: join(dataDir, 'cluster'), user: undefined } as ServerHome;
    const begin = async (_value: unknown, delay: number) => {
      for (let turn = 0; turn < delay; turn += 1) await turnOfLoop();
      return keepPassword(home);
    };
    const passwords = await Promise.all(Array.from({ length: 8 }, begin));
    expect(new Set(passwords).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['password']);
  }
});

test('a gateway that starts while the last one stops the server gets a server', async () => {
  const first = await startPrepared();
  const [, second] = await Promise.all([first.stop(), startPrepared()]);
  expect(await rowsOf(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test.each(['a dead process', 'another program of the same account'])(
  'a pid file of %s does not prevent the start',
  async (kind) => {
    const first = await startPrepared();
    const stale = join(bench.folder, 'postmaster.pid');
    await link(pidFile(first), stale); // keeps its owner and its other lines
    const { uid, gid } = await stat(dirname(pidFile(first)));
    await first.stop();

    const other = spawn('sleep', ['3600'], { ...(process.getuid?.() === 0 && { uid, gid }), stdio: 'ignore' });
    await once(other, 'spawn');
    const ended = once(other, 'exit');
    if (kind === 'a dead process') {
      other.kill();
      await ended;
    }
    try {
      await writeFile(stale, (await readFile(stale, 'utf8')).replace(/^\d+/, `${other.pid!}`));
      await link(stale, pidFile(first));
      const second = await startPrepared();
      expect(second.adopted).toBe(false);
      expect(await rowsOf(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      other.kill();
      await ended;
    }
  },
);

test('a killed server is started again and recovers committed data', async () => {
  const first = await startPrepared();
  await query(first, 'CREATE TABLE committed AS SELECT 42 AS value');
  const pid = await postmasterPid(first);
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  // Either of the two starts it, and the other one adopts it.
  const second = await startPrepared();
  expect(await postmasterPid(second)).not.toBe(pid);
  expect(await rowsOf(second, 'SELECT value FROM committed')).toEqual([{ value: 42 }]);
});

test('the server log has starts, stops and terminated connections, but no client data', async () => {
  const server = await startPrepared();
  const marker = 'planted-marker-7f3a';
  const results = await query(
    server,
    `CREATE TABLE person (name text PRIMARY KEY CHECK (name <> '${marker} refused'))`,
    `INSERT INTO person VALUES ('${marker}')`,
    `INSERT INTO person VALUES ('${marker}')`,
    `INSERT INTO person VALUES ('${marker} refused')`,
    `SELECT '${marker}'::bigint`,
    `SELEKT '${marker}'`,
    `SET statement_timeout = 1; SELECT pg_sleep(3600), '${marker}'`,
    `DO $$ BEGIN RAISE WARNING '${marker}'; RAISE EXCEPTION '${marker}'; END $$`,
    `SELECT pg_terminate_backend(pg_backend_pid()), '${marker}'`,
  );
  const codes = results.map((result) => (result instanceof Error ? (result as Error & { code?: string }).code : 'ok'));
  expect(codes).toEqual(['ok', 'ok', '23505', '23514', '22P02', '42601', '57014', 'P0001', '57P01']);

  const leases = async () =>
    (
      await rowsOf(server, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted`)
    ).map((row) => (row as { pid: number }).pid);
  const [former] = await leases();
  // When a backend crashes, the server could log its statement. It also ends the lease, which is then taken again.
  const crashing = query(server, `SELECT 'crashing', pg_sleep(3600), '${marker}'`);
  const backend = await eventually(async () => {
    const [row] = await rowsOf(
      server,
      `SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT ''crashing''%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
    return (row as { pid: number } | undefined)?.pid;
  });
  process.kill(backend, 'SIGKILL');
  expect((await crashing)[0]).toBeInstanceOf(Error);
  // The server accepts no connections until it has recovered.
  await eventually(async () => {
    const held = await leases().catch(() => []);
    return held.length === 1 && held[0] !== former;
  }, 'another lease');
  await server.stop();

  const log = await readFile(server.logFile, 'utf8');
  expect(log).toContain('database system is ready to accept connections');
  expect(log).toContain('terminating connection due to administrator command');
  expect(log).toMatch(/backend \(PID \d+\) was terminated by signal 9/);
  expect(log).toContain('database system is shut down');
  expect(log).not.toContain(marker);
  expect(log).not.toMatch(/STATEMENT|DETAIL|CONTEXT|ERROR|person|SELE/);
  expect((await stat(server.logFile)).mode & 0o077).toBe(0);
});

test('a failed start reports the reason', async () => {
  const occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const { port } = occupied.address() as { port: number };
  try {
    await expect(startPrepared({ port })).rejects.toThrow(
      /could not bind IPv4 address "127\.0\.0\.1": Address already in use/,
    );
  } finally {
    occupied.close();
  }
});

test.each([
  ['empty', ''],
  ['full of NULs', '\0'.repeat(64)],
])('a pid file that is %s after a power failure does not prevent the start', async (_kind, content) => {
  const first = await startPrepared();
  const { uid, gid } = await stat(pidFile(first));
  await first.stop();
  await writeFile(pidFile(first), content);
  await chown(pidFile(first), uid, gid);
  const second = await startPrepared();
  expect(second.adopted).toBe(false);
  expect(await rowsOf(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('an empty pid file of a running server is kept, and no second server is started', async () => {
  const server = await startPrepared();
  const pid = await postmasterPid(server);
  const text = await readFile(pidFile(server), 'utf8');
  await writeFile(pidFile(server), '');
  await utimes(pidFile(server), 0, 0);
  expect(await removeStalePidFile(dirname(pidFile(server)))).toBe(false);
  await writeFile(pidFile(server), text); // else the server would stop: it checks its pid file
  expect(await postmasterPid(await startPrepared())).toBe(pid);
});

test.each([
  [
    'of another major version',
    '17\n',
    /was created by PostgreSQL 17, and this gateway comes with PostgreSQL 18\. To keep/,
  ],
  ['without a version', '', /is damaged: .*PG_VERSION has no version\. Restore the folder from a backup/],
])('a data folder %s is refused in words', async (_kind, version, message) => {
  await mkdir(join(bench.dataDir, 'cluster'), { recursive: true });
  await writeFile(join(bench.dataDir, 'password'), 'x');
  await writeFile(join(bench.dataDir, 'cluster', 'PG_VERSION'), version);
  const error = await bench.start().catch((thrown: unknown) => thrown);
  expect(explainError(error)).toMatch(message);
});

test('a start without binaries asks for another PostgreSQL', async () => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
  Object.defineProperty(process, 'arch', { ...arch, value: 'riscv64' });
  try {
    await expect(bench.start()).rejects.toThrow(
      /@embedded-postgres\/\w+-riscv64 is not installed\. Install the optional dependencies, or set DATABASE_URL/,
    );
  } finally {
    Object.defineProperty(process, 'arch', arch);
  }
});

import 'reflect-metadata';
import { chmod, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import { DATABASE_ROLES, type Scope } from '../../src/platform/db/scope';
import { Workbench } from '../postgres/embedded-postgres.harness';

/**
 * Only for this test: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls-key.pem -out tls-certificate.pem
 * -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
const FILES = join(__dirname, '../support/data');
const CERTIFICATE = join(FILES, 'tls-certificate.pem');

const NORTHSIDE: Scope = { kind: 'customer', customerId: '1' };

const bench = new Workbench();
let url: string;
let administrator: Client;

beforeAll(async () => {
  await bench.open();
  ({ url } = await bench.start());
  administrator = new Client({ connectionString: url });
  await administrator.connect();
  const { rows } = await administrator.query<{ data_directory: string }>('show data_directory');
  for (const [name, setting] of [
    ['tls-certificate.pem', 'ssl_cert_file'],
    ['tls-key.pem', 'ssl_key_file'],
  ] as const) {
    const lines = (await readFile(join(FILES, name), 'utf8')).trim();
    const file = join(rows[0]!.data_directory, name);
    // PostgreSQL writes the files itself, because they must belong to its account.
    await administrator.query(`copy (select unnest(string_to_array('${lines}', e'\\n'))) to '${file}'`);
    await chmod(file, 0o600);
    await administrator.query(`alter system set ${setting} = '${file}'`);
  }
  await administrator.query('alter system set ssl = on');
  await administrator.query('select pg_reload_conf()');
  for (const role of Object.values(DATABASE_ROLES)) await administrator.query(`create role ${role}`);
});
afterAll(async () => {
  await administrator.end();
  await bench.close();
});

async function withDatabase(parameters: string, work: (database: Database) => Promise<void>): Promise<void> {
  const database = new Database({ url: `${url}&${parameters}`, poolSize: 4, statementTimeoutMs: 600_000 });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

it.each([
  ['sslmode=verify-full', `&sslrootcert=${CERTIFICATE}`, true],
  ['sslmode=no-verify', '', true],
  ['sslmode=disable', '', false],
])('%s', (mode, authority, isEncrypted) =>
  withDatabase(`${mode}${authority}`, async (database) => {
    const [backend] = await database.session(NORTHSIDE).sql<{ pid: number }>`/* pid */ select pg_backend_pid() as pid`;
    const { rows } = await administrator.query('select ssl from pg_stat_ssl where pid = $1', [backend!.pid]);
    expect(rows).toEqual([{ ssl: isEncrypted }]);
  }),
);

it('a certificate of an unknown authority is refused', () =>
  withDatabase('sslmode=verify-full', async (database) => {
    await expect(database.session(NORTHSIDE).sql`/* tls */ select 1 as one`).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  }));

it.each(['sslmode=no-verify', 'sslmode=disable'])(
  '%s: rows of a large result are read in turns of the event loop',
  (parameters) =>
    withDatabase(parameters, async (database) => {
      const session = database.session(NORTHSIDE);
      await session.sql`/* first */ select 1 as one`;
      const { emit } = Socket.prototype as { emit: (...args: unknown[]) => boolean };
      const bytes: number[] = [0];
      const count = jest.spyOn(Socket.prototype as { emit: typeof emit }, 'emit');
      count.mockImplementation(function (this: Socket, ...args) {
        // Of the socket that pg reads: over TLS, the one around the socket of the connection.
        if (args[0] === 'data' && this.listenerCount('data') > 1) bytes.push(bytes.pop()! + (args[1] as Buffer).length);
        return emit.apply(this, args);
      });
      let isOver = false;
      const around = (): void => {
        bytes.push(0);
        if (!isOver) setImmediate(around);
      };
      around();
      await session.sql`/* large */ select repeat('x', 1000) as text from generate_series(1, 4000)`;
      isOver = true;
      count.mockRestore();
      expect(bytes.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(4_000_000);
      expect(Math.max(...bytes)).toBeLessThanOrEqual(65_536);
    }),
);

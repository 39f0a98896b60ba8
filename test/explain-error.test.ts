import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { ConfigError } from '../src/platform/base/errors';
import { DatabaseFailure } from '../src/platform/db/connection-failure';
import { explainError } from '../src/platform/db/explain-error';
import { migrate } from '../src/platform/db/migrate';
import { ReservedPort } from './support/reserved-port';
import { urlOfDatabase } from './support/test-database';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error,
  );
}

it('a port in use is named', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as AddressInfo;
  const second = createServer().listen(port, '127.0.0.1');
  const error = await new Promise<unknown>((resolve) => second.once('error', resolve));
  first.close();
  expect(explainError(error)).toBe(
    `PORT: another program already listens on port ${port}. Stop it, or set PORT to another port.`,
  );
});

it.each([
  [
    { host: '192.0.2.1', port: 0 },
    /^HOST: this machine does not have the address 192\.0\.2\.1\. Set HOST to one that it has/,
  ],
  [
    { host: 'no-such-host.invalid', port: 0 },
    /^HOST: the name no-such-host\.invalid has no address \(\w+\)\. Set HOST/,
  ],
])('an address that cannot be bound: %j', async (address, words) => {
  const server = createServer().listen(address);
  expect(explainError(await new Promise((resolve) => server.once('error', resolve)))).toMatch(words);
});

it('a port that needs a right is named', () => {
  const error = { code: 'EACCES', syscall: 'listen', address: '127.0.0.1', port: 80, message: 'listen EACCES' };
  expect(explainError(error)).toBe(
    'PORT: this account is not allowed to listen on port 80. Set PORT to 1024 or higher, and forward the port to it.',
  );
});

it('a full disk is explained', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  expect(explainError(error)).toBe(
    'ENOSPC: no space left on device, write. The disk is full. Free space on it, or set DATA_DIR to a folder on another disk.',
  );
});

/** Responds to the first message of each client. */
class Listener {
  private readonly sockets = new Set<Socket>();
  readonly address: string;

  private constructor(private readonly server: Server) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(response: Buffer | undefined): Promise<Listener> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const listener = new Listener(server);
    server.on('connection', (socket) => {
      listener.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => response && socket.end(response));
    });
    return listener;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** An ErrorResponse of PostgreSQL's protocol. */
function refusal(code: string, message: string, more: Record<string, string> = {}): Buffer {
  const fields = Object.entries({ S: 'FATAL', V: 'FATAL', C: code, M: message, ...more });
  const body = Buffer.from(`${fields.map(([name, value]) => `${name}${value}\0`).join('')}\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** What the start says when the database responds so. */
async function wordsFor(response: Buffer | undefined, parameters = ''): Promise<string> {
  const listener = await Listener.start(response);
  const url = `postgres://user:secret-7f@${listener.address}/clinic${parameters}`;
  const error = await failureOf(migrate({ url, servingUser: 'user' }));
  await listener.stop();
  const words = explainError(error);
  expect(words).not.toContain('secret-7f');
  expect(words).not.toMatch(/\n\s+at /);
  return words.replaceAll(listener.address, '<address>');
}

describe('a connection to PostgreSQL that fails', () => {
  it('nothing listens', async () => {
    const port = await ReservedPort.take();
    const url = `postgres://user:x@127.0.0.1:${port.number}/clinic`;
    expect(explainError(await failureOf(migrate({ url, servingUser: 'user' })))).toBe(
      `Cannot connect to PostgreSQL at 127.0.0.1:${port.number}: nothing listens there. Start PostgreSQL, or correct host and port in the URL.`,
    );
    await port.giveBack();
  });

  it('a wrong password, at a real server', async () => {
    const url = new URL(process.env.TEST_POSTGRES_URL!);
    url.password = 'not the password';
    expect(explainError(await failureOf(migrate({ url: url.toString(), servingUser: 'postgres' })))).toBe(
      'PostgreSQL says: password authentication failed for user "postgres" (SQLSTATE 28P01). ' +
        'Correct the user and the password in the URL. Special characters in it are percent-encoded, e.g. %40 for @.',
    );
  });

  it('no password, at a real server', async () => {
    const url = new URL(process.env.TEST_POSTGRES_URL!);
    url.password = '';
    expect(explainError(await failureOf(migrate({ url: url.toString(), servingUser: 'postgres' })))).toBe(
      `Cannot connect to PostgreSQL at ${url.host}: PostgreSQL asks for a password, and the URL has none. ` +
        'Write it into the URL: postgres://user:password@host:5432/database.',
    );
  });

  it('no such database, at a real server', async () => {
    const url = urlOfDatabase(process.env.TEST_POSTGRES_URL!, 'nowhere');
    expect(explainError(await failureOf(migrate({ url, servingUser: 'postgres' })))).toBe(
      'PostgreSQL says: database "nowhere" does not exist (SQLSTATE 3D000). Correct the database in the URL, or run: create database "nowhere";',
    );
  });

  it('a server without TLS, at a real server', async () => {
    const url = new URL(process.env.TEST_POSTGRES_URL!);
    url.search = 'sslmode=verify-full';
    expect(explainError(await failureOf(migrate({ url: url.toString(), servingUser: 'postgres' })))).toMatch(
      /the server has no TLS, and the URL or PGSSLMODE asks for it\. Turn on ssl in postgresql\.conf, or set sslmode=disable/,
    );
  });

  it('a file of the TLS parameters that does not exist', async () => {
    const url = 'postgres://user:x@localhost/clinic?sslmode=verify-full&sslrootcert=/nowhere.pem';
    expect(explainError(await failureOf(migrate({ url, servingUser: 'user' })))).toBe(
      'Cannot read the file /nowhere.pem of the URL\'s TLS parameters (ENOENT). See docs/operations.md, "TLS to PostgreSQL".',
    );
  });

  it('a database that accepts the connection and never responds, within 15 s', async () => {
    const began = performance.now();
    expect(await wordsFor(undefined)).toBe(
      'Cannot connect to PostgreSQL at <address>: no response in time. Something accepts the connection and does not respond. ' +
        'Check host and port in the URL, the load of PostgreSQL, and firewalls.',
    );
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it.each([
    [
      'a pooler without options',
      refusal('08P01', 'unsupported startup parameter: options'),
      /A pooler, such as PgBouncer, .* refuses the startup parameter options/,
    ],
    [
      'too many connections',
      refusal('53300', 'sorry, too many clients already'),
      /^PostgreSQL says: sorry, too many clients already \(SQLSTATE 53300\)\. Raise max_connections/,
    ],
    [
      'a starting server',
      refusal('57P03', 'the database system is starting up'),
      /Start the gateway again when it accepts connections/,
    ],
    [
      'TLS that is missing',
      refusal('28000', 'no pg_hba.conf entry for host "10.0.0.7", user "user", database "clinic", no encryption'),
      /add sslmode=verify-full to the URL/,
    ],
    [
      'a host that is not allowed',
      refusal('28000', 'no pg_hba.conf entry for host "10.0.0.7", user "user", database "clinic", SSL encryption'),
      /Add a line for this user, database and address to pg_hba\.conf/,
    ],
    ['an unknown role', refusal('28000', 'role "user" does not exist'), /create role "user" login/],
    [
      'no right to connect',
      refusal('42501', 'permission denied for database "clinic"', { D: 'User does not have CONNECT privilege.' }),
      /Detail: User does not have CONNECT privilege \(SQLSTATE 42501\)\. Run: grant connect on database "clinic"/,
    ],
    [
      'a full disk',
      refusal('53100', 'could not extend file', { H: 'Check free disk space.' }),
      /^PostgreSQL says: could not extend file\. Hint: Check free disk space \(SQLSTATE 53100\)\. The disk of PostgreSQL is full/,
    ],
    [
      'any other refusal',
      refusal('XX000', 'cache lookup failed', { D: 'A detail.', H: 'A hint.' }),
      /^PostgreSQL says: cache lookup failed\. Detail: A detail\. Hint: A hint \(SQLSTATE XX000\)\. Look into PostgreSQL's log\.$/,
    ],
    [
      'another program',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /^Cannot connect to PostgreSQL at <address>: /,
    ],
  ])('%s', async (_what, response, words) => {
    expect(await wordsFor(response)).toMatch(words);
  });
});

it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
  'a certificate of an unknown authority: %s',
  (code) => {
    expect(explainError(new DatabaseFailure('db:5432', Object.assign(new Error('self-signed'), { code })))).toBe(
      `Cannot connect to PostgreSQL at db:5432: the certificate of the server is self-signed, or of an unknown authority (${code}). ` +
        'Add sslrootcert=<file with the certificate of the authority> to the URL. See docs/operations.md, "TLS to PostgreSQL".',
    );
  },
);

it('values of rows are not shown', async () => {
  const client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  const duplicate = await failureOf(
    client.query(
      `create temp table person (name text constraint one_name unique); insert into person values ('Ada'), ('Ada')`,
    ),
  );
  const malformed = await failureOf(client.query(`select 'Ada'::bigint`));
  await client.end();
  expect(explainError(duplicate)).toMatch(
    /^PostgreSQL refused a statement, schema pg_temp_\d+, table person, constraint one_name \(SQLSTATE 23505\)\. Existing rows/,
  );
  expect([explainError(duplicate), explainError(malformed)].join()).not.toContain('Ada');
});

it('an invalid configuration is explained, and an unexpected error is shown with its stack', () => {
  expect(explainError(new ConfigError(['PORT: must be a whole number']))).toBe(
    'The configuration is invalid:\n  PORT: must be a whole number',
  );
  expect(explainError(new TypeError('x is not a function'))).toMatch(/^TypeError: x is not a function\n\s+at /);
  expect(explainError('a text')).toBe('a text');
});

import { DatabaseError } from 'pg';
import { QueryFailedError } from './entity';
import { NoHostError } from './failover';
import { OWN_CONNECTIONS } from './scope';

/** What happened, and what a person can do about it. */
export interface Explanation {
  /** A sentence without a period. Has no secret and no value of a row. */
  found: string;
  /** Sentences. */
  advice: string;
}

type Advice = string | ((error: DatabaseError) => string);

const READ_ONLY =
  'The gateway must write: connect to the primary. If the database was made read-only, find out why, e.g. a full disk at a hosted database, ' +
  'and reset default_transaction_read_only of the database or the server.';
const POOLER =
  'A pooler, such as PgBouncer, is between the gateway and PostgreSQL. It refuses the startup parameter options, with which the gateway ' +
  'sets the role and settings of each connection. Connect to PostgreSQL directly.';
const TLS = 'See docs/operations.md, "TLS to PostgreSQL".';

/** Advice by SQLSTATE, else by its class (two characters). */
const ADVICE: Readonly<Record<string, Advice>> = {
  '28P01':
    'Correct the user and the password in the URL. Special characters in it are percent-encoded, e.g. %40 for @.',
  '28000': adviceOfAuthorization,
  '3D000': ({ message }) => `Correct the database in the URL, or run: create database ${nameIn(message) ?? '…'};`,
  '3F000': 'Run as the owner of the database: create schema public;',
  '42501': adviceOfPrivilege,
  '53100': 'The disk of PostgreSQL is full. Free space on it, then start again: what was not finished is rolled back.',
  '53200':
    'PostgreSQL has too little memory. Raise the memory of its machine, or lower its shared_buffers and work_mem.',
  '53300':
    'Raise max_connections in postgresql.conf, or the limit of the role (alter role … connection limit), or lower DATABASE_POOL_SIZE. An instance ' +
    `needs up to ${OWN_CONNECTIONS} connections in addition to DATABASE_POOL_SIZE.`,
  '25006': READ_ONLY,
  '57P03': 'PostgreSQL is starting, recovering or stopping. Start the gateway again when it accepts connections.',
  '57': 'An administrator or a time limit of PostgreSQL ended the connection. Start again.',
  '58': "Look into PostgreSQL's log. If an extension is missing, install PostgreSQL's contrib package.",
  '0A': ({ message }) =>
    /command-line options/i.test(message)
      ? POOLER
      : 'If an extension is not available, install the contrib package of PostgreSQL, and use PostgreSQL 15 to 18.',
  '08': ({ message }) =>
    /startup parameter|options/i.test(message)
      ? POOLER
      : 'Check host and port of the URL: they must be those of PostgreSQL.',
  '22': "Check `options` in the URL, and that the user of DATABASE_URL is a member of the gateway's roles, see docs/operations.md.",
  '23': 'Existing rows contradict the new version. Nothing was changed. Report this with the names above.',
  '42': 'This is a fault of the gateway, or the database was changed by hand. Nothing was changed. Report this message.',
};

function adviceOfAuthorization({ message }: DatabaseError): string {
  if (/no encryption|SSL off/i.test(message))
    return `The server may want TLS: add sslmode=verify-full to the URL. ${TLS} Otherwise add a line for this user, database and address to pg_hba.conf.`;
  if (/pg_hba/i.test(message))
    return 'Add a line for this user, database and address to pg_hba.conf, and reload PostgreSQL.';
  const name = nameIn(message);
  if (/not permitted to log in/i.test(message)) return `Run: alter role ${name ?? '…'} login;`;
  return `Correct the user in the URL, or run: create role ${name ?? '…'} login password '…';`;
}

function adviceOfPrivilege({ message }: DatabaseError): string {
  const name = nameIn(message) ?? '…';
  if (/for database/i.test(message)) return `Run: grant connect on database ${name} to the user of the URL;`;
  if (/set role/i.test(message)) return `Run: grant ${name} to the user of DATABASE_URL;`;
  if (/create extension/i.test(message)) return `Run as superuser in this database: create extension ${name};`;
  if (/must be owner|for (table|sequence|function|view)/i.test(message))
    return 'Migrate as the owner of the tables: set MIGRATION_DATABASE_URL to that user.';
  return 'Grant this right to the user of the URL, or set MIGRATION_DATABASE_URL to a user that has it.';
}

/** The first quoted name, as an identifier. */
function nameIn(message: string): string | undefined {
  return /"(?:[^"]|"")+"/.exec(message)?.[0];
}

/** SQLSTATEs whose messages quote values of rows: data exceptions and violated constraints. */
const QUOTING = /^2[123]/;
/** A setting or a role of the connection. */
const INVALID_PARAMETER = '22023';

/** What went wrong when connecting, by code of Node, with the address in front. */
const CODES: Readonly<Record<string, [found: string, advice: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Start PostgreSQL, or correct host and port in the URL.'],
  ENOENT: ['there is no such socket', 'Start PostgreSQL, or correct the host in the URL.'],
  ECONNRESET: ['the connection was closed', 'Check that PostgreSQL listens there, and not another program or a proxy.'],
  EPIPE: ['the connection was closed', 'Check that PostgreSQL listens there, and not another program or a proxy.'],
  ENOTFOUND: ['the host name does not exist', 'Correct the host in the URL.'],
  EAI_AGAIN: ['the host name could not be resolved', 'Check the host in the URL, and the name server of this machine.'],
  ETIMEDOUT: ['no response in time', 'Check host and port in the URL, the network and its firewalls.'],
  EHOSTUNREACH: ['no route to the host', 'Check the host in the URL, the network and its firewalls.'],
  ENETUNREACH: ['no route to the network', 'Check the host in the URL, and the network of this machine.'],
  EACCES: ['this account is not allowed to connect', 'Give this account access to the socket of PostgreSQL.'],
  EPROTO: ['the server does not speak TLS as expected', `Check host and port in the URL. ${TLS}`],
  CERT_HAS_EXPIRED: ['the certificate of the server has expired', 'Renew it.'],
  CERT_NOT_YET_VALID: ['the certificate of the server is not valid yet', 'Check the clock of this machine.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'the certificate of the server is for another host name',
    `Use a host name of the certificate in the URL. ${TLS}`,
  ],
  ...Object.fromEntries(
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ].map((code): [string, [string, string]] => [
      code,
      [
        `the certificate of the server is self-signed, or of an unknown authority (${code})`,
        `Add sslrootcert=<file with the certificate of the authority> to the URL. ${TLS}`,
      ],
    ]),
  ),
};

/** The same by message, for failures of pg without a code. */
const MESSAGES: readonly [pattern: RegExp, found: string, advice: string][] = [
  [
    /timeout/i,
    'no response in time',
    'Something accepts the connection and does not respond. Check host and port in the URL, the load of PostgreSQL, and firewalls.',
  ],
  [
    /does not support SSL/i,
    'the server has no TLS, and the URL or PGSSLMODE asks for it',
    `Turn on ssl in postgresql.conf, or set sslmode=disable in the URL. ${TLS}`,
  ],
  [
    /establishing an SSL/i,
    'the server did not respond as PostgreSQL does when it was asked for TLS',
    'Check host and port in the URL.',
  ],
  [
    /password must be a (non-empty )?string/i,
    'PostgreSQL asks for a password, and the URL has none',
    'Write it into the URL: postgres://user:password@host:5432/database.',
  ],
  [
    /Connection terminated/i,
    'the connection was closed',
    'Check that PostgreSQL listens there, and not another program, a proxy or a pooler. Look into its log.',
  ],
];

/** A failure at the start, with the address of the database. */
export class DatabaseFailure extends Error {
  constructor(
    /** Host and port, or the socket. */
    readonly address: string,
    cause: unknown,
  ) {
    super(`The database at ${address} cannot be used.`, { cause });
  }
}

/** Undefined when the error is none of PostgreSQL or of the connection to it. */
export function explainDatabaseFailure(error: unknown, address = 'the address of the URL'): Explanation | undefined {
  if (error instanceof DatabaseFailure) return explainDatabaseFailure(error.cause, error.address);
  if (error instanceof NoHostError) return ofHosts(error, address);
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (inner instanceof DatabaseError) return ofPostgres(inner);
  const { code, message, errors, syscall, path } = (inner ?? {}) as Partial<NodeJS.ErrnoException> & {
    errors?: unknown;
  };
  // A host name with several addresses fails with one error per address.
  if (Array.isArray(errors)) return explainDatabaseFailure(errors[0], address);
  const [, ...said] = MESSAGES.find(([pattern]) => pattern.test(message ?? '')) ?? [];
  const [found, advice] = CODES[code ?? ''] ?? said;
  if (syscall === 'open')
    return { found: `Cannot read the file ${path} of the URL's TLS parameters (${code})`, advice: TLS };
  return found === undefined
    ? undefined
    : { found: `Cannot connect to PostgreSQL at ${address}: ${found}`, advice: advice! };
}

function ofPostgres(error: DatabaseError): Explanation {
  const { code = '', message, detail, hint, constraint, table, schema, column } = error;
  const given = ADVICE[code] ?? ADVICE[code.slice(0, 2)] ?? "Look into PostgreSQL's log.";
  const advice = typeof given === 'string' ? given : given(error);
  const names = Object.entries({ schema, table, column, constraint }).filter(([, name]) => name);
  const found =
    QUOTING.test(code) && code !== INVALID_PARAMETER
      ? ['PostgreSQL refused a statement', ...names.map(([kind, name]) => `${kind} ${name}`)].join(', ')
      : [`PostgreSQL says: ${message}`, detail && `Detail: ${detail}`, hint && `Hint: ${hint}`]
          .filter((text) => text !== undefined)
          .map((text) => text.replace(/\.$/, ''))
          .join('. ');
  return { found: `${found} (SQLSTATE ${code})`, advice };
}

function ofHosts({ errors }: NoHostError, address: string): Explanation {
  const hosts = address.split(', ');
  const each = errors.map((error: unknown, index) => {
    const { found = 'unknown failure' } = explainDatabaseFailure(error, hosts[index]) ?? {};
    return found.replace(/^Cannot connect to PostgreSQL at /, '');
  });
  return {
    found: `Cannot connect to PostgreSQL at any of the hosts. ${each.join('; ')}`,
    advice: 'Start PostgreSQL on one of them, or correct the hosts in the URL.',
  };
}

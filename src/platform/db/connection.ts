import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { parse } from 'pg-connection-string';
import { urlsPerHost } from '../base/database-url';
import { DatabaseFailure, explainDatabaseFailure } from './connection-failure';
import { failoverClient } from './failover';

/** The schema of all our tables and functions. Statements and migrations do not repeat it: it is the whole search path. */
export const SCHEMA = 'public';

/** Longer, and a person who starts the gateway would think that it hangs. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** PostgreSQL ends a statement at its time limit. A response that is later by this time does not come: the connection is dead. */
const RESPONSE_GRACE_MS = 2_000;

/** Time after which a connection whose statement has no response is taken for dead. */
export function responseTimeoutOf(statementTimeoutMs: number): number {
  return statementTimeoutMs + RESPONSE_GRACE_MS;
}

/** Idle time after which the kernels of both sides probe a connection. A host that is gone is noticed 10 to 20 s later. */
const KEEPALIVE_MS = 5_000;

/**
 * Settings that statements and the parsing of results rely on. A role, a database or a URL may have others, so they are set on each
 * connection. Not set: what an administrator decides for the gateway, such as default_transaction_read_only, work_mem or
 * synchronous_commit. Those that some servers do not have are set after connecting, see `prepareSession`.
 */
const SESSION: Readonly<Record<string, string>> = {
  // Text of values
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  timezone_abbreviations: 'Default',
  bytea_output: 'hex',
  extra_float_digits: '1',
  xmlbinary: 'base64',
  // Meaning of statements
  search_path: SCHEMA,
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  row_security: 'on',
  check_function_bodies: 'on',
  exit_on_error: 'off',
  // Transactions and waits
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  idle_session_timeout: '0',
  // An abandoned transaction must not keep its locks, above all the lock on event_head.
  idle_in_transaction_session_timeout: '15000',
  // A gateway whose host vanished must not keep its locks: PostgreSQL notices within 20 s. Without effect on a Unix socket.
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '20000',
  // Plans: one for each prepared statement. With 'auto', PostgreSQL plans most of ours again for each call, which takes longer than
  // carrying them out. `Database` sets 'auto' for statements whose values matter.
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

export interface ConnectionOptions {
  /** What the connection is for, in pg_stat_activity. */
  name: string;
  /** Role to run in. Default: the user of the URL. */
  role?: string | undefined;
  /** PostgreSQL cancels a statement that runs longer. */
  statementTimeoutMs?: number | undefined;
  /** PostgreSQL cancels a statement that waits longer for a lock. Default: no limit. */
  lockTimeoutMs?: number | undefined;
}

/** Also time limits of pg, which override ours. */
export interface ClientOptions
  extends ConnectionOptions, Pick<ClientConfig, 'connectionTimeoutMillis' | 'query_timeout'> {}

export type DatabaseConnection = ClientConfig & {
  /** For several hosts: the class that chooses one. Used by pg's pool. */
  Client?: typeof Client;
  onConnect: (client: Pick<Client, 'query'>) => Promise<void>;
};

/**
 * The configuration of a connection to the database, for clients and pools of pg. Every connection of the gateway has it.
 *
 * Of the URL's parameters it takes those that say where and how to connect: host, port, user, ssl…, and `options`, which come
 * before ours.
 */
export function connectionOf(
  url: string,
  { name, role, statementTimeoutMs = 0, lockTimeoutMs = 0 }: ConnectionOptions,
): DatabaseConnection {
  const limits = { statement_timeout: `${statementTimeoutMs}`, lock_timeout: `${lockTimeoutMs}` };
  const settings = { ...SESSION, ...(role && { role }), ...limits };
  const ours = Object.entries(settings).map(([setting, value]) => `-c ${setting}=${value.replace(/[\\ ]/g, '\\$&')}`);
  const targets = urlsPerHost(url).map((each) => {
    const { user, password, host, port, database, ssl, sslnegotiation, replication, options } = parsed(each);
    return {
      ...{ user, password, host, port, database, ssl, sslnegotiation, replication },
      application_name: `device-gateway ${name}`,
      options: [options, ...ours].filter(Boolean).join(' '),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...(statementTimeoutMs > 0 && { query_timeout: responseTimeoutOf(statementTimeoutMs) }),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
    } as ClientConfig;
  });
  return {
    ...targets[0],
    ...(targets.length > 1 && { Client: failoverClient(targets) }),
    onConnect: prepareSession,
  };
}

/**
 * A client that is not connected yet.
 *
 * @param further options of pg that override ours, such as time limits
 */
export function createClient(
  url: string,
  { name, role, statementTimeoutMs, lockTimeoutMs, ...further }: ClientOptions,
): Client {
  const ours = { name, role, statementTimeoutMs, lockTimeoutMs };
  const { Client: Failover, onConnect: _, ...config } = connectionOf(url, ours);
  return new (Failover ?? Client)({ ...config, ...further });
}

/**
 * A connection of its own.
 *
 * @throws DatabaseFailure
 */
export async function connect(url: string, options: ClientOptions): Promise<Client> {
  const client = createClient(url, options);
  client.on('error', () => undefined); // the statements in progress fail with it
  try {
    await client.connect();
    await prepareSession(client, options.connectionTimeoutMillis);
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw new DatabaseFailure(addressOf(url), error);
  }
}

/** Adds the address of the database to a failure. */
export async function atDatabase<Result>(url: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw explainDatabaseFailure(error) ? new DatabaseFailure(addressOf(url), error) : error;
  }
}

/** Host and port of each host, or the socket. Without user and password. */
export function addressOf(url: string): string {
  const addresses = urlsPerHost(url).map((each) => {
    const { host, port } = parsed(each);
    return `${host || 'localhost'}:${port || 5432}`;
  });
  return addresses.join(', ');
}

/**
 * The settings that not every server has: PostgreSQL 15 and 16 have no transaction_timeout, and on Windows it cannot look for lost
 * clients. Elsewhere a statement that runs, or waits for a lock, ends within 5 s of its connection.
 */
async function prepareSession(
  client: { query: (statement: QueryConfig & Pick<ClientConfig, 'query_timeout'>) => Promise<unknown> },
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<void> {
  const text = `/* prepare_session */ select set_config(name, value, false) from (values ('transaction_timeout', '0'),
    ('client_connection_check_interval', case when version() ~* 'windows|mingw|msvc|visual' then '0' else '5s' end))
    as wanted (name, value) where current_setting(name, true) <> value`;
  await client.query({ text, query_timeout: timeoutMs });
}

/** Reads the files of the URL's TLS parameters, too. */
function parsed(url: string): ReturnType<typeof parse> {
  try {
    return parse(url);
  } catch (error) {
    throw new DatabaseFailure(new URL(url).host, error);
  }
}

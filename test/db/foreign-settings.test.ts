import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { loadConfig } from '../../src/config';
import { migrate } from '../../src/platform/db/migrate';
import { loadDemoData } from '../../src/programs/demo/load-demo-data';
import { APP_SECRET, diagnose } from '../doctor/doctor.harness';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { eventually } from '../support/eventually';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';
import { urlOfDatabase } from '../support/test-database';
import { readExamples, withCurrentTime, withEllipses } from '../support/tour';

/** Settings that change the text of values, the meaning of statements, or end sessions and statements early. */
const HOSTILE: Readonly<Record<string, string>> = {
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  timezone_abbreviations: 'India',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  client_encoding: 'LATIN1',
  search_path: 'elsewhere',
  standard_conforming_strings: 'off',
  backslash_quote: 'on',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  row_security: 'off',
  exit_on_error: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  statement_timeout: '1',
  lock_timeout: '1',
  idle_session_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  transaction_timeout: '1s',
  plan_cache_mode: 'force_custom_plan',
  xmlbinary: 'hex',
  check_function_bodies: 'off',
};

const PASSWORD = randomBytes(12).toString('hex');

/** A separate PostgreSQL, because roles belong to the server. */
const bench = new Workbench();
let serverUrl: string;
beforeAll(async () => {
  await bench.open();
  serverUrl = (await bench.start()).url;
  await onServer(`create role hostile login createrole password '${PASSWORD}'`);
});
afterAll(() => bench.close());

async function onServer(...statements: string[]): Promise<void> {
  await inDatabase('postgres', ...statements);
}

async function inDatabase(name: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: urlOfDatabase(serverUrl, name) });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf(name: string, user?: string): string {
  const url = new URL(urlOfDatabase(serverUrl, name));
  if (user !== undefined) [url.username, url.password] = [user, PASSWORD];
  return url.toString();
}

const set = (of: string, settings = HOSTILE) =>
  Object.entries(settings).map(([name, value]) => `alter ${of} set ${name} = '${value}'`);

/** Goes through the API: the examples of the tour, which read, write, order, record, chart and subscribe. */
async function followTour(app: TestApp): Promise<void> {
  let watching: { subscriber: Subscriber; events: unknown[] } | undefined;
  try {
    for (const { name, type, key, query, variables, response, events } of readExamples()) {
      const given = withCurrentTime(variables);
      if (type === 'subscription') {
        watching = { subscriber: new Subscriber(app.url, { key }, query, given), events: events! };
        await eventually(() => app.subscribers === 1);
        continue;
      }
      const { status, ...result } = await app.query({ key }, query, given);
      expect({ name, status, result: withEllipses(result, response) }).toEqual({ name, status: 200, result: response });
    }
    const { subscriber, events } = watching!;
    await subscriber.count(events.length);
    expect(withEllipses(subscriber.received, events)).toEqual(events);
  } finally {
    void watching?.subscriber.stop();
  }
}

async function startIn(name: string, env: Record<string, string> = {}): Promise<TestApp> {
  // The test's own connection lasts longer than the settings allow.
  const url = new URL(urlOf(name));
  const own = { statement_timeout: 0, idle_session_timeout: 0, transaction_timeout: 0, client_encoding: 'UTF8' };
  const options = Object.entries(own).map(([setting, value]) => `-c ${setting}=${value}`);
  url.searchParams.set('options', options.join(' '));
  const database = { url: url.toString(), name, drop: () => onServer(`drop database ${name} with (force)`) };
  return TestApp.start({ database, env });
}

it.each([
  ['of the user', () => set('role hostile')],
  ['of the database', () => set('database hostile')],
])('settings %s have no effect', async (_whose, statements) => {
  await onServer('create database hostile owner hostile');
  // Objects of ours must not be made in them, nor found in them.
  await inDatabase('hostile', 'create schema hostile authorization hostile', 'create schema elsewhere');
  await inDatabase('hostile', 'create table hostile.device (id text)', 'create table elsewhere.patient (id text)');
  await onServer(...statements());

  // A URL's own options are kept where the gateway does not depend on them.
  const url = new URL(urlOf('hostile', 'hostile'));
  url.searchParams.set('options', '-c work_mem=5MB -c DateStyle=German');
  const { database } = loadConfig({ DATABASE_URL: url.toString(), APP_SECRET });
  if (database.kind !== 'external') throw new Error('The database is external.');
  await migrate({ url: database.migrationUrl, servingUser: database.servingUser });
  await loadDemoData(urlOf('hostile'), new Date());

  const app = await startIn('hostile', { DATABASE_URL: url.toString() });
  try {
    await followTour(app);
    const { rows } = await app.admin.query<{ place: string }>(
      `select n.nspname || '.' || c.relname as place from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('hostile', 'elsewhere') and c.relkind = 'r' order by 1`,
    );
    expect(rows.map(({ place }) => place)).toEqual(['elsewhere.patient', 'hostile.device']);
    const { text, exitCode } = await diagnose({ DATABASE_URL: url.toString(), APP_SECRET });
    expect({ text, exitCode }).toMatchObject({ exitCode: 0 });
    expect(app.log).not.toMatch(/"level":"(?:warn|error)"/);
  } finally {
    await app.stop(); // drops the database
    for (const name of Object.keys(HOSTILE)) await onServer(`alter role hostile reset ${name}`);
  }
});

it.each([
  ['Turkish', `locale_provider icu icu_locale 'tr-TR' locale 'C'`],
  ['C', `locale_provider libc locale 'C'`],
])('a collation has no effect: %s', async (_name, locale) => {
  await onServer(`create database foreign_collation template template0 encoding 'UTF8' ${locale}`);
  await migrate({ url: urlOf('foreign_collation'), servingUser: 'postgres' });
  await loadDemoData(urlOf('foreign_collation'), new Date());
  const app = await startIn('foreign_collation');
  try {
    await followTour(app);
  } finally {
    await app.stop();
  }
});

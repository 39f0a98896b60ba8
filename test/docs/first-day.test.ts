import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startApp, type App } from '../../src/app';
import { loadConfig } from '../../src/config';
import { systemClock } from '../../src/platform/base/clock';
import { createLogger } from '../../src/platform/base/logger';
import { openDatabase } from '../../src/platform/db/open-database';
import { runKeyCommand } from '../../src/programs/key/key.command';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { markdown } from '../support/markdown';
import { urlOfDatabase } from '../support/test-database';
import { readExamples, withEllipses } from '../support/tour';

const page = markdown('docs/first-day.md');
const examples = readExamples('docs/first-day');
const PASSWORD = randomBytes(12).toString('hex');

/** A PostgreSQL server of its own, because roles belong to a whole server. */
const bench = new Workbench();
let env: Record<string, string>;
let app: App | undefined;
/** Keys by the placeholder that stands for them in the files with headers. */
const keys: Record<string, string> = {};

beforeAll(async () => {
  await bench.open();
  const { url } = await bench.start();
  const admin = new Client({ connectionString: urlOfDatabase(url, 'postgres') });
  await admin.connect();
  // The embedded server comes with a database of this name.
  await admin.query('drop database gateway');
  // CREATE DATABASE cannot run together with other statements.
  const sql = markdown('docs/operations.md').section('## PostgreSQL of your own').fenced('sql');
  for (const statement of sql.trim().split('\n')) await admin.query(statement.replace('…', PASSWORD));
  await admin.end();
  const serving = new URL(urlOfDatabase(url, 'gateway'));
  [serving.username, serving.password] = ['gateway', PASSWORD];
  env = {
    DATABASE_URL: serving.toString(),
    APP_SECRET: randomBytes(24).toString('hex'),
    PORT: '0',
    LOG_LEVEL: 'silent',
  };
});
afterAll(async () => {
  await app?.stop();
  await bench.close();
});

test('the page shows every file of every step, in order', () => {
  const shown = page.fencedBlocks.map(({ kind }) => kind.split(' ')[1]).filter((file) => file !== undefined);
  expect(shown).toEqual(examples.flatMap(({ files }) => files));
});

test('the command of the page creates the first key, on an empty database', async () => {
  const command = page.fencedBlocks.map(({ text }) => text).find((text) => text.includes('key -- create'))!;
  const [, args] = /npm run --silent key -- (.*)\n/.exec(command)!;
  const config = loadConfig(env);
  const { database, close } = await openDatabase({
    ...config.database,
    location: config.database,
    poolSize: 1,
    log: () => undefined,
  });
  const out: string[] = [];
  const exitCode = await runKeyCommand(
    [...args!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain)!),
    {
      withDatabase: (work) => work(database),
      clock: systemClock,
      out: (text) => out.push(text),
      err: () => undefined,
    },
  );
  await close();
  expect(exitCode).toBe(0);
  keys['<operator key>'] = out[0]!;
});

test('the gateway starts without demo data', async () => {
  const config = loadConfig(env);
  app = await startApp(config, createLogger({ level: config.log.level }));
  expect(await ask('demo-operator', '{ viewer { role } }')).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
});

// Each continues with the data that the one before has left.
test.each(examples)('$name returns the response of the page', async ({ name, key, query, variables, response }) => {
  const result = await ask(keys[key]!, query, variables);
  expect(withEllipses(result, response)).toEqual(response);
  if (name === 'CreateApiKey') keys['<admin key>'] = (result.data!.createApiKey as { secret: string }).secret;
});

async function ask(key: string, query: string, variables: object = {}): Promise<{ data?: Record<string, unknown> }> {
  const response = await fetch(`${app!.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { data?: Record<string, unknown> };
}

import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startApp, type App } from '../../src/app';
import { loadConfig } from '../../src/config';
import { systemClock } from '../../src/platform/base/clock';
import { createLogger } from '../../src/platform/base/logger';
import { openDatabase } from '../../src/platform/db/open-database';
import { runImportCommand } from '../../src/programs/import/import.command';
import { runKeyCommand } from '../../src/programs/key/key.command';
import { TextOutput } from '../import/import.harness';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { markdown } from '../support/markdown';
import { urlOfDatabase } from '../support/test-database';
import { readExamples, withEllipses } from '../support/tour';

const page = markdown('docs/first-day.md');
const examples = readExamples('docs/first-day');
const PASSWORD = randomBytes(12).toString('hex');

const statements = markdown('docs/operations.md').section('## PostgreSQL of your own').fenced('sql').trim().split('\n');

/** A PostgreSQL server of its own, because roles belong to a whole server. */
const bench = new Workbench();
let env: Record<string, string>;
let admin: Client;
let app: App | undefined;
/** Keys by the placeholder that stands for them in the files with headers. */
let keys: Record<string, string>;

beforeAll(async () => {
  await bench.open();
  const { url } = await bench.start();
  admin = new Client({ connectionString: urlOfDatabase(url, 'postgres') });
  await admin.connect();
  // The embedded server comes with a database of this name.
  await admin.query('drop database gateway');
  // CREATE DATABASE cannot run together with other statements.
  for (const statement of statements) await admin.query(statement.replace('…', PASSWORD));
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
  await admin.end();
  await bench.close();
});

test('the page shows every file of every step, in order', () => {
  const shown = page.fencedBlocks.map(({ kind }) => kind.split(' ')[1]).filter((file) => file !== undefined);
  expect(shown).toEqual(examples.flatMap(({ files }) => files));
});

describe.each([
  ['two devices', 2],
  ['10,000 devices from a file', 10_000],
])('with %s', (_what, devices) => {
  beforeAll(async () => {
    keys = {};
    await admin.query('drop database gateway');
    await admin.query(statements.find((statement) => statement.startsWith('create database'))!);
  });
  afterAll(() => app?.stop());

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
        now: async () => new Date(),
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
    if (name === 'RegisterDevices' && devices > 2) return importDevices(devices);
    const result = await ask(keys[key]!, query, variables);
    if (name === 'CreateApiKey') keys['<admin key>'] = (result.data!.createApiKey as { secret: string }).secret;
    if (name === 'ListDevices') firstTwoOf(result, devices);
    expect(withEllipses(result, response)).toEqual(response);
  });
});

/** The order takes the oldest device in stock, so the lines must be registered in their order. */
const IN_ORDER = ['--concurrency', '1'];

/** Instead of the step that registers two devices: the command of the page with more lines. */
async function importDevices(count: number): Promise<void> {
  const section = page.section('## Register devices');
  const [, args] = /npm run import -- (.*)\n/.exec(section.fenced('sh'))!;
  const [, , warehouse] = section.fenced('csv').trim().split('\n');
  const more = Array.from({ length: count - 2 }, (_, index) =>
    warehouse!.replace('BP1-0002', `BP1-${String(index + 3).padStart(5, '0')}`),
  );
  await writeFile(join(bench.folder, 'devices.csv'), `${section.fenced('csv')}${more.join('\n')}\n`);
  const out = new TextOutput();
  const exitCode = await runImportCommand([...args!.split(' '), ...IN_ORDER], {
    loadConfig: () => ({ gatewayUrl: new URL(`${app!.url}/graphql`), apiKey: keys['<operator key>']! }),
    workingFolder: bench.folder,
    clock: systemClock,
    out,
    err: (text) => out.write(text),
    interrupted: new AbortController().signal,
  });
  expect(out.text).toContain(`registered ${count.toLocaleString('en-US')}\n`);
  expect(exitCode).toBe(0);
}

/** Checks the number of devices, and leaves what the page shows. */
function firstTwoOf(result: { data?: Record<string, unknown> }, count: number): void {
  const devices = result.data!.devices as { totalCount: number; nodes: object[] };
  expect(devices.totalCount).toBe(count);
  expect(devices.nodes).toHaveLength(Math.min(count, 20));
  devices.totalCount = 2;
  devices.nodes.splice(2);
}

async function ask(key: string, query: string, variables: object = {}): Promise<{ data?: Record<string, unknown> }> {
  const response = await fetch(`${app!.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { data?: Record<string, unknown> };
}

import type { JWTPayload } from 'jose';
import { loadConfig } from '../../src/config';
import { JwtVerifier } from '../../src/platform/access/jwt';
import { Database } from '../../src/platform/db/database';
import { runKeyCommand } from '../../src/programs/key/key.command';
import { startIssuer } from '../access/issuer.harness';
import { markdown } from '../support/markdown';
import { words } from '../support/shell-words';
import { TestApp } from '../support/test-app';

/** Examples of the pages for clients and operators, in the order of the pages. */

const ADDRESS = 'http://127.0.0.1:4000';
const api = markdown('docs/api.md');
const callers = markdown('docs/callers.md');
const operations = markdown('docs/operations.md');

describe('requests', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  test.each([
    ['docs/api.md', api.section('## Endpoint and transports')],
    ['docs/callers.md', callers.section('## How do I send the credential?')],
  ])('with curl return what %s says', async (_path, section) => {
    const [url, ...options] = words(section.fenced('sh')).slice(1);
    const valuesOf = (name: string) => options.filter((_, index) => options[index - 1] === name);
    const headers = valuesOf('--header').map((header) => header.split(': ') as [string, string]);
    const [body] = valuesOf('--data');
    const response = await fetch(url!.replace(ADDRESS, app.url), { method: 'POST', headers, body: body! });
    const { text } = section.fencedBlocks.filter(({ kind }) => kind === 'json').at(-1)!;
    expect(await response.json()).toEqual(JSON.parse(text));
  });

  test('with an idempotencyKey are carried out once', async () => {
    const document = api.section('## Retries and concurrent changes').fenced('graphql');
    const first = await app.data('northside', document);
    expect(first).toMatchObject({ createOrder: { order: { currentStatus: 'CREATED' }, userErrors: [] } });
    expect(await app.data('northside', document)).toEqual(first);
  });

  test('for API keys create one and find it among those that were never used', async () => {
    const [create, unused] = callers
      .section('## API keys')
      .fencedBlocks.filter(({ kind }) => kind === 'graphql')
      .map(({ text }) => text);
    const { createApiKey } = await app.data<{ createApiKey: { secret: string; userErrors: object[] } }>(
      'northside',
      create!,
    );
    expect(createApiKey).toMatchObject({ secret: expect.stringMatching(/^dgk_/) as string, userErrors: [] });
    const { apiKeys } = await app.data<{ apiKeys: { nodes: object[] } }>('northside', unused!);
    expect(apiKeys.nodes).toMatchObject([
      { name: 'Ward tablet', role: 'MEMBER', lastUsedAt: null, createdBy: { displayName: 'Northside demo key' } },
    ]);
  });

  test('for a list return a page', async () => {
    const { devices } = await app.data('northside', api.section('## Lists').fenced('graphql'));
    expect(devices).toMatchObject({ totalCount: 1, nodes: [{ serialNumber: 'ABC123' }] });
  });
});

test('an operator with the first key creates a customer, and the commands for keys create, list and revoke them', async () => {
  const app = await TestApp.start({ template: 'empty', env: { DEMO: 'off' } });
  const database = new Database({ url: app.database.url, poolSize: 1, statementTimeoutMs: 120_000 });
  const runCommands = async (commands: string): Promise<string[]> => {
    const out: string[] = [];
    for (const line of commands.trim().split('\n')) {
      const [npm, run, silent, key, separator, ...args] = words(line);
      expect([npm, run, silent, key, separator]).toEqual(['npm', 'run', '--silent', 'key', '--']);
      const exitCode = await runKeyCommand(args, {
        withDatabase: (work) => work(database),
        now: async () => new Date(),
        out: (text) => out.push(text),
        err: () => undefined,
      });
      expect(exitCode).toBe(0);
    }
    return out;
  };
  try {
    const setUp = operations.section('### Customers, items and warehouses');
    const [key] = await runCommands(setUp.fenced('sh'));
    const createCustomer = 'mutation { createCustomer(input: { name: "Northside Health" }) { userErrors { code } } }';
    expect(await app.data({ key: key! }, createCustomer)).toEqual({ createCustomer: { userErrors: [] } });
    expect(await runCommands(callers.section('## API keys').fenced('sh'))).toEqual([
      expect.stringMatching(/^dgk_[\w-]{43}$/),
      expect.stringMatching(/^dgk_[\w-]{43}$/),
      expect.stringContaining('Ward tablet'),
      expect.stringMatching(/^Key 1 "Setup" /),
    ]);

    await app.admin.query(operations.section('### Restore').fenced('sql'));
    const { rows: next } = await app.admin.query(`select nextval('event_id_seq') as id`);
    expect(next).toEqual([{ id: '1000001' }]);
  } finally {
    await database.close();
    await app.stop();
  }
});

test('the token of the page on callers is accepted with its configuration', async () => {
  const section = callers.section('## JWTs');
  const claims = JSON.parse(section.fenced('json')) as JWTPayload & { iat: number };
  const variables = section.fenced('sh').trim().split('\n');
  const { jwt } = loadConfig(Object.fromEntries(variables.map((line) => line.split('=') as [string, string])));
  const clock = { now: () => new Date((claims.iat + 1) * 1_000) };
  const issuer = await startIssuer(clock.now);
  try {
    const verifier = new JwtVerifier({ ...jwt!, jwksUrl: issuer.jwksUrl, clock });
    expect(await verifier.verify(await issuer.sign(claims))).toMatchObject({
      subject: claims.sub,
      role: claims.role,
      customerId: claims.customer_id,
    });
  } finally {
    await issuer.close();
  }
});

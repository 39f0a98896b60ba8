import { mkdirSync } from 'node:fs';
import fastify from 'fastify';
import { Kind, type OperationDefinitionNode, parse, validate } from 'graphql';
import type { Browser } from 'playwright-core';
import { buildGatewaySchema } from '../../src/graphql/schema';
import { type GraphiqlOptions, type GraphiqlTab, sendGraphiqlPage, serveGraphiql } from '../../src/http/graphiql';
import { walkthroughTabs } from '../../src/http/graphiql.examples';
import { launchChromium } from '../support/chromium';
import { Explorer } from '../support/explorer';
import { type GraphqlError, KEYS, TestApp } from '../support/test-app';

const TITLES = [
  'FindDevice',
  'FindPatient',
  'AssociateDevice',
  'DecommissionDevice',
  'WatchStatus',
  'StatusBoard',
  'Readings',
  'Record',
  'Follow',
  'PlaceOrder',
  'ProcessOrder',
  'ReplaceDevice',
  'CreateWebhook',
];

/** A page is 9 MB of JavaScript: seconds on a busy machine. */
jest.setTimeout(60_000);

const operationsOf = (query: string) =>
  parse(query).definitions.filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('the examples', () => {
  const schema = buildGatewaySchema();
  const operations = walkthroughTabs.flatMap((tab) =>
    operationsOf(tab.query).map(({ operation: type, name }) => ({ type, operationName: name!.value, tab })),
  );

  test.each(walkthroughTabs)('fit the schema', ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  // One after the other: each of the mutations goes on where the one before has left device 1.
  test.each(operations.filter(({ type }) => type.toString() !== 'subscription'))(
    '$operationName is answered on the demo data',
    async ({ operationName, tab }) => {
      const { data, errors } = await runExample(tab, operationName);
      expect(errors).toBeUndefined();
      for (const value of Object.values(data)) {
        expect(value).not.toBeNull();
        expect((value as { userErrors?: unknown[] }).userErrors ?? []).toEqual([]);
      }
    },
  );
});

describe('the examples of readings', () => {
  const run = async <Data>(title: string): Promise<Data> => {
    const tab = walkthroughTabs.find(({ query }) => query.includes(` ${title} {`))!;
    return (await runExample(tab, title)).data as Data;
  };
  interface Listed {
    nodes: { kind: string; measurements: object[]; device: object | null }[];
  }

  test('have something to show', async () => {
    const { patientByExternalIdentifier: patient } = await run<{
      patientByExternalIdentifier: { timeZone: string; latestReadings: { kind: string }[]; readings: Listed };
    }>('Readings');
    expect(patient.latestReadings.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['WEIGHT']));
    expect(patient.latestReadings.length).toBeGreaterThan(1);
    expect(patient.readings.nodes).toHaveLength(10);
    expect(patient.timeZone).toBe('America/Indiana/Indianapolis');

    const { patientByExternalIdentifier: chart } = await run<{
      patientByExternalIdentifier: { readingTrend: { count: number }[] };
    }>('WeightChart');
    // 90 days touch 13 or 14 weeks, and the example of a reading by hand is of another one.
    expect(chart.readingTrend.length).toBeGreaterThan(10);
  });

  test('record two readings, once', async () => {
    interface Recorded {
      recordReadings: { recorded: number; duplicates: number; results: { reading: { attribution: string } }[] };
    }
    await app.admin.query(`delete from reading where taken_at < '2025-02-01'`);
    const { recordReadings } = await run<Recorded>('Record');
    expect(recordReadings).toMatchObject({ recorded: 2, duplicates: 0, conflicts: 0, refused: 0 });
    expect(recordReadings.results.map(({ reading }) => reading.attribution)).toEqual(['NONE', 'MANUAL']);
    expect((await run<Recorded>('Record')).recordReadings).toMatchObject({ recorded: 0, duplicates: 2 });
  });
});

describe('in a browser', () => {
  let browser: Browser | null = null;
  beforeAll(async () => {
    mkdirSync('artifacts', { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('a visitor runs a query, and sees in one window what is changed in another', async () => {
    if (!browser) return;
    // What another GraphiQL left on this origin is not taken up.
    await using watcher = await Explorer.open(browser, `${app.url}/graphql`, {
      'graphiql:query': '{ ofAnotherProject }',
      'graphiql:headers': '{ "Authorization": "Bearer another" }',
    });
    expect(await watcher.tabTitles()).toEqual(TITLES);
    expect(JSON.parse(await watcher.headers())).toEqual({ Authorization: 'Bearer demo-northside' });
    await watcher.run();
    await watcher.showsResponse('"value": "ABC123"');

    await watcher.openTab('WatchStatus');
    await watcher.run();
    // Nothing tells that a subscription is on but its first event.
    await watcher.until(async () => {
      await toggleReadings();
      return watcher.hasResponse('"reason": "READINGS_ENABLED"');
    });

    await using other = await Explorer.open(browser, `${app.url}/graphql`);
    await other.openTab('AssociateDevice');
    await other.run('AssociateDevice');
    await other.showsResponse('"currentStatus": "WITH_PATIENT"');
    await watcher.showsResponse('"reason": "ASSOCIATED"');
    await watcher.showsResponse('"note": "Handed over at the clinic"');
    await watcher.screenshot('artifacts/graphiql.png');
    await other.run('DisassociateDevice');
    await other.showsResponse('"currentStatus": "AVAILABLE_AT_SITE"');
    await watcher.showsResponse('"reason": "DISASSOCIATED"');
    expect(watcher.openSockets).toBe(1);
    await watcher.stop();
    await watcher.until(() => watcher.openSockets === 0);
    await watcher.run();
    await watcher.until(() => watcher.openSockets === 1);
    await watcher.openTab('StatusBoard');
    await watcher.until(() => watcher.openSockets === 0);

    expect([watcher, other].map(({ page }) => new URL(page.url()).search)).toEqual(['', '']);
    expect([...watcher.complaints, ...other.complaints]).toEqual([]);
  });

  test('a visitor sees in one window what is recorded in another', async () => {
    if (!browser) return;
    await app.admin.query(`delete from reading where taken_at < '2025-02-01'`);
    await using watcher = await Explorer.open(browser, `${app.url}/graphql`);
    await watcher.openTab('Follow');
    await watcher.run();
    let minutes = 0;
    await watcher.until(async () => {
      await recordWeight((minutes += 1));
      return watcher.hasResponse('"value": 199.5');
    });

    await using other = await Explorer.open(browser, `${app.url}/graphql`);
    await other.openTab('Record');
    await other.run();
    await other.showsResponse('"recorded": 2');
    await watcher.showsResponse('"value": 171.4');
    await other.run();
    await other.showsResponse('"duplicates": 2');
    expect([...watcher.complaints, ...other.complaints]).toEqual([]);
  });

  test('the key of the headers tab is the one that is sent, over WebSocket too', async () => {
    if (!browser) return;
    await using explorer = await Explorer.open(browser, `${app.url}/graphql`);
    await explorer.openTab('WatchStatus');
    await explorer.setHeaders('{ "authorization": "Bearer wrong" }');
    await explorer.run();
    await explorer.showsResponse('WebSocket closed: 4403 Forbidden');
    await explorer.openTab('StatusBoard');
    await explorer.setHeaders('{ "impilo-api-key": "demo-ingest" }');
    await explorer.run();
    await explorer.showsResponse('"message": "The role INGEST does not allow this');
  });

  test('tabs bring their variables and their own key', async () => {
    if (!browser) return;
    await using explorer = await Explorer.open(browser, `${app.url}/graphql`);
    await explorer.openTab('ReplaceDevice');
    await explorer.run();
    await explorer.showsResponse('"kind": "REPLACEMENT"');
    await explorer.openTab('ProcessOrder');
    expect(JSON.parse(await explorer.headers())).toEqual({ Authorization: 'Bearer demo-operator' });
    await explorer.run('Waiting');
    await explorer.showsResponse('"name": "Lakeview Care"');
    await explorer.screenshot('artifacts/graphiql-orders.png');
    // Nothing scrolls but the panes.
    expect(await explorer.page.evaluate('document.scrollingElement.scrollHeight - innerHeight')).toBe(0);
    expect(explorer.complaints).toEqual([]);
  });

  test('returning visitors find their tabs again, and new examples and keys when there are any', async () => {
    if (!browser) return;
    const [greet, watch] = [{ query: 'query Greet { viewer { role } }' }, { query: 'subscription Watch { changed }' }];
    const first = await servePage({ defaultHeaders: { Authorization: 'Bearer first' }, tabs: [greet, watch] });
    await using explorer = await Explorer.open(browser, `${first.url}/graphql`);
    await explorer.openTab('Watch');
    await explorer.untilStored('"activeTabIndex\\":1');
    await explorer.reload();
    expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);
    expect(await explorer.headers()).toContain('Bearer first');
    await explorer.openTab('Greet');
    await explorer.setHeaders('{ "authorization": "Bearer mine" }');
    await explorer.untilStored('Bearer mine');
    await explorer.reload();
    expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);
    expect(await explorer.headers()).toContain('Bearer mine');
    await first.stop();

    const salute = { query: 'query Salute { viewer { role } }' };
    const second = await servePage({ defaultHeaders: { Authorization: 'Bearer second' }, tabs: [salute] }, first.port);
    await explorer.reload();
    expect(await explorer.tabTitles()).toEqual(['Salute']);
    expect(await explorer.headers()).toContain('Bearer second');
    await second.stop();
  });
});

describe('where it is off', () => {
  const asBrowser = { accept: 'text/html,*/*;q=0.8' };

  test.each([
    ['GRAPHIQL=off', { GRAPHIQL: 'off' }, 200],
    ['in production', { NODE_ENV: 'production' }, 400],
    ['INTROSPECTION=off', { INTROSPECTION: 'off', GRAPHIQL: 'off' }, 400],
  ])('%s: no page, and introspection as it should be', async (_name, env, introspection) => {
    const { url, stop } = await app.startInstance(env);
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
    expect((await fetch(`${url}/graphiql/boot.js`)).status).toBe(404);

    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
      body: '{ "query": "{ __schema { queryType { name } } }" }',
    });
    const { data, errors } = (await answer.json()) as { data?: unknown; errors?: GraphqlError[] };
    expect(answer.status).toBe(introspection);
    if (introspection === 200) expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    else
      expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    await stop();
  });

  test('in production it can be asked for, and shows no key without demo data', async () => {
    const { url, stop } = await app.startInstance({ NODE_ENV: 'production', GRAPHIQL: 'on', DEMO: 'off' });
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await (await fetch(`${url}/graphiql/config.js`)).text()).not.toContain('demo-');
    await stop();
  });
});

async function runExample({ query, variables, headers }: GraphiqlTab, operationName: string) {
  const defaults = JSON.stringify({ authorization: `Bearer ${KEYS.northside}` });
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { ...(JSON.parse(headers ?? defaults) as object), 'content-type': 'application/json' },
    body: JSON.stringify({ query, operationName, variables: JSON.parse(variables ?? '{}') as object }),
  });
  return (await response.json()) as { data: Record<string, unknown>; errors?: GraphqlError[] };
}

/** A reading of device 1 that is not there yet. */
async function recordWeight(minutes: number): Promise<void> {
  const takenAt = new Date(Date.parse('2025-01-07T00:00:00Z') + minutes * 60_000).toISOString();
  await app.data(
    'northside',
    `mutation ($takenAt: DateTime!) {
       recordReadings(input: { readings: [{ deviceId: 1, takenAt: $takenAt, weight: { weight: 199.5 } }] }) { recorded } }`,
    { takenAt },
  );
}

/** Two changes after which device 1 is as it was. */
async function toggleReadings(): Promise<void> {
  for (const field of ['disableDeviceReadings', 'enableDeviceReadings']) {
    await app.data('northside', `mutation { ${field}(input: { deviceId: 1 }) { userErrors { code } } }`);
  }
}

/** The page without an API behind it. */
async function servePage(options: Omit<GraphiqlOptions, 'endpoint'>, port = 0) {
  const server = fastify({ forceCloseConnections: true });
  serveGraphiql(server, { endpoint: '/graphql', ...options });
  server.get('/graphql', (_request, reply) => sendGraphiqlPage(reply));
  const url = await server.listen({ host: '127.0.0.1', port });
  return { url, port: Number(new URL(url).port), stop: () => server.close() };
}

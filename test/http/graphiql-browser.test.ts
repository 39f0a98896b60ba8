import { mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { type GraphiqlOptions, sendGraphiqlPage, serveGraphiql } from '../../src/platform/http/explorer/graphiql';
import { launchChromium } from '../support/chromium';
import { eventually } from '../support/eventually';
import { EXAMPLE_NAMES, Explorer } from '../support/explorer';
import { has, needs } from '../support/needs';
import { TestApp } from '../support/test-app';

const test = needs('chromium');

let app: TestApp;
let browser: Browser;
/** Two windows of first visitors, shared by the tests: a page is 9 MB of JavaScript and takes seconds of CPU time. */
let watcher: Explorer;
let other: Explorer;
beforeAll(async () => {
  if (!has('chromium')) return;
  mkdirSync('artifacts', { recursive: true });
  [app, browser] = await Promise.all([TestApp.start(), launchChromium()]);
  // The page ignores what another GraphiQL stored for this origin.
  watcher = await Explorer.open(browser, `${app.url}/graphql`, {
    'graphiql:query': '{ ofAnotherProject }',
    'graphiql:headers': '{ "Authorization": "Bearer another" }',
  });
  other = await Explorer.open(browser, `${app.url}/graphql`);
});
afterAll(async () => {
  if (!has('chromium')) return;
  await browser.close();
  await app.stop();
});

test('a visitor runs a query, and watches in one window what another window changes', async () => {
  expect(await watcher.tabTitles()).toEqual(EXAMPLE_NAMES.slice(0, 1));
  expect(JSON.parse(await watcher.headers())).toEqual({ Authorization: 'Bearer demo-northside' });
  await watcher.run();
  await watcher.showsResponse('"serialNumber": "ABC123"');
  await watcher.picture('artifacts/explorer.png'); // `npm run explorer-picture` copies it to docs

  await watcher.openExample('WatchStatus');
  await watcher.run();
  await eventually(() => app.subscribers === 1);

  await other.openExample('AssociateDevice');
  await other.run();
  await other.showsResponse('"currentStatus": "WITH_PATIENT"');
  await watcher.showsResponse('"reason": "ASSOCIATED"');
  await watcher.screenshot('artifacts/graphiql.png');
  await other.openExample('DisassociateDevice');
  await other.run();
  await other.showsResponse('"currentStatus": "AVAILABLE_AT_SITE"');
  await watcher.showsResponse('"reason": "DISASSOCIATED"');
  expect(watcher.openSockets).toBe(1);
  await watcher.stop();
  await eventually(() => watcher.openSockets === 0 && app.subscribers === 0);
  await watcher.run();
  await eventually(() => watcher.openSockets === 1 && app.subscribers === 1);
  await watcher.openExample('StatusBoard');
  await eventually(() => watcher.openSockets === 0 && app.subscribers === 0);

  expect([watcher, other].map(({ page }) => new URL(page.url()).search)).toEqual(['', '']);
  expect([...watcher.complaints, ...other.complaints]).toEqual([]);
});

test('examples bring their variables and their own key', async () => {
  await other.openExample('RecordReadings');
  expect(JSON.parse(await other.headers())).toEqual({ Authorization: 'Bearer demo-ingest' });
  await other.run();
  await other.showsResponse('"recorded": 1');
  await other.run();
  await other.showsResponse('"duplicates": 1');
  await other.openExample('PatientChart');
  expect(JSON.parse(await other.headers())).toEqual({ Authorization: 'Bearer demo-northside' });
  await other.run();
  await other.showsResponse('"timeZone": "America/Indiana/Indianapolis"');
  await other.screenshot('artifacts/graphiql-chart.png');
  // Only the panes scroll, not the page.
  expect(await other.page.evaluate('document.scrollingElement.scrollHeight - innerHeight')).toBe(0);
  expect(other.complaints).toEqual([]);
});

test('the headers editor sets the key, also over WebSocket', async () => {
  await other.openExample('WatchStatus');
  await other.setHeaders('{ "authorization": "Bearer wrong" }');
  await other.run();
  await other.showsResponse('WebSocket closed: 4403 This API key is unknown.');
  await other.openExample('StatusBoard');
  await other.setHeaders('{ "impilo-api-key": "demo-ingest" }');
  await other.run();
  await other.showsResponse('"message": "The role INGEST does not allow');
});

test('returning visitors find their tabs as they left them, or new examples and keys', async () => {
  const greet = { group: 'Find', query: 'query Greet { viewer { role } }' };
  const watch = { group: 'Watch', query: 'subscription Watch { changed }' };
  const page = await RenewablePage.serve({
    defaultHeaders: { Authorization: 'Bearer first' },
    examples: [greet, watch],
  });
  await using explorer = await Explorer.open(browser, `${page.url}/graphql`);
  expect(await explorer.examples()).toEqual({ Find: ['Greet'], Watch: ['Watch'] });
  expect(await explorer.tabTitles()).toEqual(['Greet']);
  await explorer.openExample('Watch');
  await explorer.untilStored('subscription Watch { changed }');
  await explorer.reload();
  expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);
  expect(await explorer.headers()).toContain('Bearer first');
  await explorer.openTab('Greet');
  await explorer.setHeaders('{ "authorization": "Bearer mine" }');
  await explorer.untilStored('Bearer mine');
  await explorer.reload();
  expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);
  expect(await explorer.headers()).toContain('Bearer mine');

  const salute = { group: 'Find', query: 'query Salute { viewer { role } }' };
  await page.renew({ defaultHeaders: { Authorization: 'Bearer second' }, examples: [salute] });
  await explorer.reload();
  expect(await explorer.tabTitles()).toEqual(['Salute']);
  expect(await explorer.headers()).toContain('Bearer second');
  await page.stop();
});

test('an example opens in its tab, in an empty tab, or in a new one', async () => {
  await using explorer = await Explorer.open(browser, `${app.url}/graphql`);
  expect(Object.values(await explorer.examples()).flat()).toEqual(EXAMPLE_NAMES);
  for (const name of ['FindPatient', 'StatusBoard', 'FindPatient', 'FindDevice']) await explorer.openExample(name);
  expect(await explorer.tabTitles()).toEqual(['FindDevice', 'FindPatient', 'StatusBoard']);
  await explorer.untilStored('activeTabIndex\\":0');
  await explorer.page.getByRole('button', { name: 'New tab' }).click();
  await explorer.openExample('CreateWebhook');
  expect(await explorer.tabTitles()).toEqual(['FindDevice', 'FindPatient', 'StatusBoard', 'CreateWebhook']);
  await explorer.untilStored('CreateWebhook');
  await explorer.page.getByRole('button', { name: 'Examples' }).click();
  await explorer.page.locator('#example-groups').waitFor({ state: 'hidden' });
  await explorer.reload();
  expect(await explorer.page.locator('#example-groups').isVisible()).toBe(false);
  expect(await explorer.tabTitles()).toEqual(['FindDevice', 'FindPatient', 'StatusBoard', 'CreateWebhook']);
  expect(explorer.complaints).toEqual([]);
});

test('on a phone the editor is above the response, and the examples cover both until one is chosen', async () => {
  const size = { width: 390, height: 844 };
  await using explorer = await Explorer.open(browser, `${app.url}/graphql`, {}, size);
  const { page } = explorer;
  await page.getByRole('button', { name: 'Examples' }).click();
  await explorer.screenshot('artifacts/explorer-phone-examples.png');
  await explorer.openExample('StatusBoard');
  await page.locator('#example-groups').waitFor({ state: 'hidden' });
  await explorer.run();
  await explorer.showsResponse('"data"');
  await explorer.screenshot('artifacts/explorer-phone.png');
  const box = async (selector: string) => (await page.locator(selector).boundingBox())!;
  const [editors, response, bar] = [
    await box('.graphiql-editors'),
    await box('.graphiql-response'),
    await box('.graphiql-sidebar'),
  ];
  for (const { x, width } of [editors, response, bar]) expect([x, width]).toEqual([0, size.width]);
  expect(response.y).toBeGreaterThanOrEqual(editors.y + editors.height);
  expect(Math.min(editors.height, response.height)).toBeGreaterThan(250);
  expect(bar.y + bar.height).toBe(size.height);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByText('Root Types').waitFor();
  await page.locator('.graphiql-sessions').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
  await page.locator('.graphiql-sessions').waitFor();
  expect(explorer.complaints).toEqual([]);
});

type PageOptions = Omit<GraphiqlOptions, 'endpoint'>;

/** The page without an API. A later version can replace it at the same URL. */
class RenewablePage {
  private constructor(
    private readonly server: Server,
    private version: FastifyInstance,
  ) {
    server.on('request', (request, response) => this.version.routing(request, response));
  }

  static async serve(options: PageOptions): Promise<RenewablePage> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RenewablePage(server, await versionOf(options));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async renew(options: PageOptions): Promise<void> {
    this.version = await versionOf(options);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

async function versionOf(options: PageOptions): Promise<FastifyInstance> {
  const version = fastify();
  serveGraphiql(version, { endpoint: '/graphql', ...options });
  version.get('/graphql', (_request, reply) => sendGraphiqlPage(reply));
  await version.ready();
  return version;
}

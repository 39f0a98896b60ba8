import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { Browser } from 'playwright-core';
import { prefersHtml, sendGraphiqlPage, serveGraphiql } from '../../src/http/graphiql';
import { walkthroughTabs } from '../../src/http/graphiql.examples';
import { launchChromium } from '../support/chromium';
import { Explorer } from '../support/explorer';
import { startTinyGateway } from '../support/tiny-gateway';

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; " +
  "img-src 'self' data:; connect-src 'self'";

const greet = '# Says hello.\n\nquery Greet { greeting }\n\nmutation Rename { rename(name: "Ada") }\n';
const watch = 'subscription Watch { renamed }\n';

describe('which GET of the endpoint gets the page', () => {
  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', true],
    ['text/html', true],
    ['text/html, */*', true],
    ['application/json;q=0.5, text/html', true],
    ['TEXT/HTML; Q=0.4', true],
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['text/*', false],
    ['text/html;q=0', false],
    ['text/html;q=x', false],
    ['application/json', false],
    ['text/html, application/json', false],
    ['text/html;q=0.5, */*', false],
    ['application/graphql-response+json, text/html;q=0.9', false],
    ['application/*, text/html;q=0.9', false],
  ])('%s: %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected);
  });
});

describe('what is served', () => {
  const app = fastify();
  serveGraphiql(app, { endpoint: '/graphql', tabs: walkthroughTabs });
  app.get('/graphql', (_request, reply) => sendGraphiqlPage(reply));
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  afterAll(() => app.close());

  test('the page and each file it names are protected and checked again on each visit', async () => {
    const page = await get('/graphql');
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(files).toEqual([
      '/graphiql/logo.svg',
      '/graphiql/graphiql.css',
      '/graphiql/config.js',
      '/graphiql/graphql-ws.js',
      '/graphiql/graphiql.js',
      '/graphiql/boot.js',
    ]);
    const workers = ['editor', 'json', 'graphql'].map((worker) => `/graphiql/${worker}.worker.js`);
    const types: unknown[] = [];
    for (const path of ['/graphql', ...files, ...workers]) {
      const { headers, statusCode } = await get(path);
      types.push(headers['content-type']);
      expect({ path, statusCode, ...headers }).toMatchObject({
        path,
        statusCode: 200,
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-cache',
      });
    }
    const javascript = 'text/javascript; charset=utf-8';
    expect(types).toEqual([
      'text/html; charset=utf-8',
      'image/svg+xml',
      'text/css; charset=utf-8',
      ...Array.from({ length: 7 }, () => javascript),
    ]);
    expect(page.headers.vary).toBe('accept');
    expect(page.body).not.toMatch(/<script(?! defer src=)|https?:\/\//);
  });

  test('compressed as the client likes it, with the same content', async () => {
    const plain = await get('/graphiql/graphiql.js');
    const brotli = await get('/graphiql/graphiql.js', { 'accept-encoding': 'gzip, deflate, br, zstd' });
    const zipped = await get('/graphiql/graphiql.js', { 'accept-encoding': 'gzip, br;q=0' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect([plain, brotli, zipped].map(({ headers }) => headers.vary)).toEqual(Array(3).fill('accept-encoding'));
    expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(brotli.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
  });

  test('a file that the browser still has is not sent again', async () => {
    const first = await get('/graphiql/graphiql.css', { 'accept-encoding': 'br' });
    const etag = String(first.headers.etag);
    const again = await get('/graphiql/graphiql.css', {
      'accept-encoding': 'br',
      'if-none-match': `"other", W/${etag}`,
    });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    const otherEncoding = await get('/graphiql/graphiql.css', { 'accept-encoding': 'gzip', 'if-none-match': etag });
    expect(otherEncoding.statusCode).toBe(200);
  });

  test.each(['nothing.js', '..%2Fgraphiql.ts', '__proto__'])('there is no %s', async (file) => {
    expect((await get(`/graphiql/${file}`)).statusCode).toBe(404);
  });
});

test('each example is a document whose first operation names its tab', () => {
  const titles = walkthroughTabs.map(({ query }) => {
    const operations = parse(query).definitions.filter(
      (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
    );
    // GraphiQL's own rule, which a comment with the word "query" in it would mislead.
    expect(/^(?!#).*(query|subscription|mutation)\s+([a-zA-Z0-9_]+)/m.exec(query)?.[2]).toBe(
      operations[0]?.name?.value,
    );
    // At 1440 pixels the editor shows so many columns; a longer comment could not be read without scrolling.
    expect(query.split('\n').filter((line) => line.startsWith('#') && line.length > 58)).toEqual([]);
    return operations[0]?.name?.value;
  });
  expect(titles).toEqual([
    'FindDevice',
    'FindPatient',
    'AssociateDevice',
    'DecommissionDevice',
    'WatchStatus',
    'StatusBoard',
  ]);
});

describe('in a browser', () => {
  let browser: Browser | null = null;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('runs a query, a mutation and a subscription with the key of the headers tab', async () => {
    if (!browser) return;
    await using gateway = await startTinyGateway({
      key: 'right',
      defaultHeaders: { Authorization: 'Bearer right' },
      tabs: [{ query: greet }, { query: watch }],
    });
    await using explorer = await Explorer.open(browser, gateway.url);
    expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);

    await explorer.run('Greet');
    await explorer.showsResponse('Hello world');
    await explorer.run('Rename');
    await explorer.showsResponse('"rename": "Ada"');

    await explorer.openTab('Watch');
    await explorer.run();
    await explorer.until(() => gateway.subscriberCount() === 1);
    gateway.rename('Grace');
    await explorer.showsResponse('"renamed": "Grace"');
    gateway.rename('Barbara');
    await explorer.showsResponse('"renamed": "Barbara"');
    await explorer.screenshot('artifacts/graphiql-page.png');
    await explorer.stop();
    await explorer.until(() => gateway.subscriberCount() === 0);

    expect(new URL(explorer.page.url()).search).toBe('');
    expect(explorer.complaints).toEqual([]);

    await explorer.setHeaders('{ "authorization": "Bearer wrong" }');
    await explorer.run();
    await explorer.showsResponse('WebSocket closed: 4403 Forbidden');
    await explorer.setHeaders('{ "authorization": "Bearer right" }');
    await explorer.run();
    await explorer.until(() => gateway.subscriberCount() === 1);
    await explorer.openTab('Rename'); // GraphiQL names a tab after the operation that ran last
    await explorer.until(() => gateway.subscriberCount() === 0);
  });

  test('what another GraphiQL left on this origin is not taken up', async () => {
    if (!browser) return;
    await using gateway = await startTinyGateway({
      key: 'ours',
      defaultHeaders: { Authorization: 'Bearer ours' },
      tabs: [{ query: greet }, { query: watch }],
    });
    await using explorer = await Explorer.open(browser, gateway.url, {
      'graphiql:query': '{ ofAnotherProject }',
      'graphiql:headers': '{ "Authorization": "Bearer another" }',
    });
    expect(await explorer.tabTitles()).toEqual(['Greet', 'Watch']);
    expect(await explorer.headers()).toContain('Bearer ours');
    expect(explorer.complaints).toEqual([]);
  });

  test('returning visitors find their tabs again, and new examples and keys when there are any', async () => {
    if (!browser) return;
    const first = await startTinyGateway({
      key: 'first',
      defaultHeaders: { Authorization: 'Bearer first' },
      tabs: [{ query: greet, variables: '{ "one": 1 }' }, { query: watch }],
    });
    await using explorer = await Explorer.open(browser, first.url);
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

    await using second = await startTinyGateway({
      key: 'second',
      defaultHeaders: { Authorization: 'Bearer second' },
      tabs: [{ query: 'query Salute { greeting }' }],
      port: first.port,
    });
    expect(second.url).toBe(first.url);
    await explorer.reload();
    expect(await explorer.tabTitles()).toEqual(['Salute']);
    await explorer.run();
    await explorer.showsResponse('Hello world');
  });
});

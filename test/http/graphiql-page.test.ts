import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import { sendGraphiqlPage, serveGraphiql } from '../../src/platform/http/explorer/graphiql';
import { readTour } from '../../src/platform/http/explorer/graphiql.tour';
import { prefersHtml } from '../../src/platform/http/page';
import { EXAMPLE_NAMES } from '../support/explorer';
import { readExamples } from '../support/tour';

const tour = readTour();
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; " +
  "img-src 'self' data:; connect-src 'self'";

describe('GET requests of the endpoint that get the page', () => {
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

describe('the served files', () => {
  const app = fastify();
  serveGraphiql(app, { endpoint: '/graphql', examples: tour });
  app.get('/graphql', (_request, reply) => sendGraphiqlPage(reply));
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  afterAll(() => app.close());

  test('the page and each of its files have security headers and are revalidated on each visit', async () => {
    const page = await get('/graphql');
    const files = [...page.body.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(files).toEqual([
      '/graphiql/logo.svg',
      '/graphiql/graphiql.css',
      '/graphiql/config.js',
      '/graphiql/graphql-ws.js',
      '/graphiql/graphiql.js',
      '/graphiql/examples.js',
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
      ...Array.from({ length: 8 }, () => javascript),
    ]);
    expect(page.headers.vary).toBe('accept');
    expect(page.body).not.toMatch(/<script(?! defer src=)|https?:\/\//);
  });

  test('are compressed with the encoding that the client prefers, with the same content', async () => {
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

  test('are not sent again to a browser that has them', async () => {
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

test('GraphiQL takes the title of each tab from its operation', () => {
  const titles = tour.map(({ query }) => {
    // In a window of 1280 pixels the editor shows this many columns.
    expect(query.split('\n').filter((line) => /^ *#/.test(line) && line.length > 49)).toEqual([]);
    // GraphiQL's own rule. The word "query" in a comment would mislead it.
    return /^(?!#).*(query|subscription|mutation)\s+([a-zA-Z0-9_]+)/m.exec(query)?.[2];
  });
  expect(titles).toEqual(EXAMPLE_NAMES);
});

test('examples have the variables and headers of the files beside them', () => {
  const objectOf = (json: string | undefined) => JSON.parse(json ?? 'null') as unknown;
  expect(tour.map(({ variables, headers }) => [objectOf(variables), objectOf(headers)])).toEqual(
    readExamples().map(({ variables, key }) => [
      Object.keys(variables).length === 0 ? null : variables,
      key === 'demo-northside' ? null : { Authorization: `Bearer ${key}` },
    ]),
  );
});

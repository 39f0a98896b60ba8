import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { KEYS, TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const LARGE = '{ devices(first: 50) { nodes { id serialNumber currentStatus site { name } } } }';
const SMALL = '{ viewer { role } }';

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
}

interface Options {
  query?: string;
  path?: string;
  method?: string;
}

/** Sends a request as it is: fetch would add `accept-encoding`, and decompress. */
async function send(encodings: string | undefined, options: Options = {}): Promise<Response> {
  const { query = LARGE, path = '/graphql', method = path === '/graphql' ? 'POST' : 'GET' } = options;
  const headers = {
    'content-type': 'application/json',
    'impilo-api-key': KEYS.northside,
    ...(encodings !== undefined && { 'accept-encoding': encodings }),
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${app.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const encoding = response.headers['content-encoding'];
        const body = encoding === 'br' ? brotliDecompressSync : encoding === 'gzip' ? gunzipSync : (raw: Buffer) => raw;
        const text = method === 'HEAD' ? '' : body(bytes).toString();
        resolve({ status: response.statusCode!, headers: response.headers, bytes, text });
      });
    });
    request.on('error', reject);
    request.end(method === 'POST' ? JSON.stringify({ query }) : undefined);
  });
}

it.each<[string | undefined, string | undefined]>([
  ['br', 'br'],
  ['gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['GZIP', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', undefined],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['br;q=0, *;q=0.5', 'gzip'],
  ['identity', undefined],
  ['zstd', undefined],
  ['', undefined],
  [undefined, undefined],
])('accept-encoding %s gets %s', async (encodings, expected) => {
  const plain = await send(undefined);
  for (let nth = 0; nth < 2; nth += 1) {
    const { status, headers, bytes, text } = await send(encodings);
    expect([status, headers['content-encoding'], text]).toEqual([200, expected, plain.text]);
    expect(Number(headers['content-length'])).toBe(bytes.length);
    expect(headers.vary!.split(', ')).toEqual(expect.arrayContaining(['authorization', 'accept-encoding']));
    if (expected !== undefined) expect(bytes.length).toBeLessThan(plain.bytes.length / 2);
  }
});

it('a small response is sent as it is', async () => {
  const { headers, text } = await send('br, gzip', { query: SMALL });
  expect([headers['content-encoding'], JSON.parse(text)]).toEqual([undefined, { data: { viewer: { role: 'ADMIN' } } }]);
});

it('REST, GET and HEAD have the same headers', async () => {
  for (const path of ['/api/v3/item', `/graphql?query=${encodeURIComponent(LARGE)}`]) {
    const get = await send('gzip', { path, method: 'GET' });
    const head = await send('gzip', { path, method: 'HEAD' });
    expect(head.bytes).toHaveLength(0);
    for (const name of ['content-encoding', 'content-length', 'vary', 'content-type'])
      expect([path, name, head.headers[name]]).toEqual([path, name, get.headers[name]]);
  }
});

it('many at a time are complete, compressed or not', async () => {
  const { text } = await send(undefined);
  const responses = await Promise.all(Array.from({ length: 30 }, () => send('gzip')));
  expect(new Set(responses.map((response) => response.text))).toEqual(new Set([text]));
  expect(responses.some(({ headers }) => headers['content-encoding'] === 'gzip')).toBe(true);
});

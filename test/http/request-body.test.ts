import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { KEYS, TestApp } from '../support/test-app';

const QUERY = Buffer.from('{"query":"{ viewer { role } }"}');
const DATA = { data: { viewer: { role: 'ADMIN' } } };
const MB = 1_048_576;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
});
afterAll(() => app.stop());

const refused = (message: string, code = 'BAD_USER_INPUT'): unknown => ({
  errors: [{ message, extensions: { code } }],
});
const TOO_LARGE = refused('The body is larger than the limit of 1 MB.');

async function post(body: Buffer, headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'impilo-api-key': KEYS.northside, 'content-type': 'application/json', ...headers },
    body: new Uint8Array(body),
  });
  return [response.status, await response.json()];
}

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync(QUERY)],
    ['GZIP', gzipSync(QUERY)],
    ['x-gzip', gzipSync(QUERY)],
    ['deflate', deflateSync(QUERY)],
    ['br', brotliCompressSync(QUERY)],
    ['identity', QUERY],
    ['', QUERY],
  ])('of content-encoding "%s" is understood', async (encoding, body) => {
    expect(await post(body, { 'content-encoding': encoding })).toEqual([200, DATA]);
  });

  it.each(['zstd', 'compress', 'gzip, br', '__proto__'])('of content-encoding "%s" is 415', async (encoding) => {
    expect(await post(QUERY, { 'content-encoding': encoding })).toEqual([
      415,
      refused('The content-encoding must be gzip, deflate or br, or none.'),
    ]);
  });

  it.each([
    ['plain text', 'gzip', QUERY],
    ['half of it', 'gzip', gzipSync(QUERY).subarray(0, 20)],
    ['half of it', 'br', brotliCompressSync(QUERY).subarray(0, 10)],
    ['gzip', 'br', gzipSync(QUERY)],
    ['gzip', 'deflate', gzipSync(QUERY)],
  ])('that is %s instead of %s is refused', async (_what, encoding, body) => {
    expect(await post(body, { 'content-encoding': encoding })).toEqual([
      400,
      refused('The body does not match its content-encoding.'),
    ]);
  });

  it('is limited by its decompressed size', async () => {
    const padded = (length: number): Buffer => Buffer.concat([QUERY, Buffer.alloc(length - QUERY.length, ' ')]);
    expect(await post(gzipSync(padded(MB)), { 'content-encoding': 'gzip' })).toEqual([200, DATA]);
    expect(await post(gzipSync(padded(MB + 1)), { 'content-encoding': 'gzip' })).toEqual([413, TOO_LARGE]);
    const before = process.memoryUsage().rss;
    const bombs = [gzipSync(padded(200 * MB)), brotliCompressSync(padded(64 * MB))];
    expect(await post(bombs[0]!, { 'content-encoding': 'gzip' })).toEqual([413, TOO_LARGE]);
    expect(await post(bombs[1]!, { 'content-encoding': 'br' })).toEqual([413, TOO_LARGE]);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * MB);
  });

  it('has to be UTF-8 like any other', async () => {
    expect(await post(gzipSync(Buffer.from('{"query":"{ é }"}', 'latin1')), { 'content-encoding': 'gzip' })).toEqual([
      400,
      refused('The body contains bytes that are not valid UTF-8.'),
    ]);
  });
});

/** Sends a large body without reading meanwhile, on a connection that it wants to be closed. @returns the response */
async function sendAll(headers: string, megabytes: number): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // `close` follows
  const chunks: Buffer[] = [];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n`);
  let sent = 0;
  const send = (): void => {
    while (sent < megabytes && !socket.destroyed) {
      sent += 1;
      if (!socket.write(Buffer.alloc(MB, ' '))) {
        socket.once('drain', send);
        return;
      }
    }
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  };
  send();
  await closed;
  return Buffer.concat(chunks).toString();
}

describe('the whole body is read before a refusal, so that its sender sees it', () => {
  const key = `Impilo-API-Key: ${KEYS.northside}`;
  it.each([
    ['a body that is too large', `${key}\r\nContent-Type: application/json`, 413],
    ['a body of a wrong type', `${key}\r\nContent-Type: text/plain`, 415],
    ['a body of another encoding', `${key}\r\nContent-Type: application/json\r\nContent-Encoding: zstd`, 415],
    ['a body without a credential', 'Content-Type: application/json', 401],
  ])('%s', async (_what, headers, status) => {
    const response = await sendAll(`${headers}\r\nContent-Length: ${8 * MB}`, 8);
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(response).toContain('"errors"');
  });

  it('a body of unknown length that is too large', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    let response = '';
    socket.on('data', (chunk: Buffer) => (response += chunk.toString()));
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\n${key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let index = 0; index < 4; index += 1) socket.write(`100000\r\n${' '.repeat(MB)}\r\n`);
    socket.write('0\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(response).toMatch(/^HTTP\/1.1 413 /);
  });

  it('but not a body without an end', async () => {
    const started = performance.now();
    const endless = `${key}\r\nContent-Type: application/json\r\nContent-Length: ${900 * MB}`;
    await sendAll(endless, 900);
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { rawRequest } from '../support/raw-request';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

const ORIGIN = 'https://app.example.com';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ env: { CORS_ORIGINS: ORIGIN } });
});
afterAll(() => app.stop());

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n';
const WEB_SOCKET =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n';

describe('an upgrade that is not WebSocket is ignored', () => {
  const query = '{"query":"{ viewer { role } }"}';

  it.each(['h2c', 'H2C', 'TLS/1.0', 'websocket/2, h2c'])('of a POST to %s', async (protocol) => {
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\n${H2C.replace('h2c', protocol)}`;
    const { status, body } = await rawRequest(
      app.url,
      `${head}Impilo-API-Key: ${KEYS.northside}\r\nContent-Type: application/json\r\nContent-Length: ${query.length}\r\n\r\n${query}`,
    );
    expect([status, JSON.parse(body)]).toEqual([200, { data: { viewer: { role: 'ADMIN' } } }]);
  });

  it('of a GET, and the connection serves the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    for (const headers of [{ connection: 'Upgrade', upgrade: 'h2c' }, {}, { connection: 'Upgrade', upgrade: 'h2c' }]) {
      const request = get(`${app.url}/livez`, { agent, headers });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      ports.add(response.socket.localPort!);
      expect([response.statusCode, await text(response)]).toEqual([200, '{"status":"ok"}']);
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('of a request that is refused', async () => {
    expect((await rawRequest(app.url, `GET /graphql HTTP/1.1\r\nHost: x\r\n${H2C}\r\n`)).status).toBe(401);
    expect((await rawRequest(app.url, `GET /nothing HTTP/1.1\r\nHost: x\r\n${H2C}\r\n`)).status).toBe(404);
  });
});

describe('a refused upgrade has the shape of all errors', () => {
  it.each([
    [
      'another path',
      'GET /other',
      WEB_SOCKET,
      404,
      'Not found. The GraphQL endpoint is /graphql. /api/v3/openapi.yaml describes the REST interface.',
    ],
    [
      'a path below',
      'GET /graphql/x',
      WEB_SOCKET,
      404,
      'Not found. The GraphQL endpoint is /graphql. /api/v3/openapi.yaml describes the REST interface.',
    ],
    [
      'two slashes',
      'GET /graphql//',
      WEB_SOCKET,
      404,
      'Not found. The GraphQL endpoint is /graphql. /api/v3/openapi.yaml describes the REST interface.',
    ],
    [
      'a malformed URL',
      'GET /graphql%',
      WEB_SOCKET,
      400,
      'The URL is malformed. Percent-encode the UTF-8 bytes of its text.',
    ],
    ['a POST', 'POST /graphql', WEB_SOCKET, 405, 'The WebSocket handshake failed: Invalid HTTP method.'],
    [
      'another subprotocol',
      'GET /graphql',
      WEB_SOCKET.replace('graphql-transport-ws', 'graphql-ws, x'),
      400,
      'The subprotocol of the WebSocket must be graphql-transport-ws.',
    ],
    [
      'no key',
      'GET /graphql',
      WEB_SOCKET.replace('Sec-WebSocket-Key', 'X-Key'),
      400,
      'The WebSocket handshake failed: Missing or invalid Sec-WebSocket-Key header.',
    ],
    [
      'another origin',
      'GET /graphql',
      `${WEB_SOCKET}Origin: https://evil.example.com\r\n`,
      403,
      'Pages of this origin may not open sockets. CORS_ORIGINS does not list it.',
    ],
  ])('%s', async (_what, target, headers, status, message) => {
    const response = await rawRequest(app.url, `${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, { keepAlive: true });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(response.body)).toEqual({
      errors: [{ message, extensions: { code: status === 403 ? 'FORBIDDEN' : 'BAD_USER_INPUT' } }],
    });
  });
});

async function isAccepted(options: Parameters<typeof RawSocket.open>[1]): Promise<boolean> {
  const socket = await RawSocket.open(app.url, options);
  if (socket.closed) return false;
  socket.send({ type: 'connection_init', payload: { apiKey: KEYS.northside } });
  await socket.message(({ type }) => type === 'connection_ack');
  await socket.close();
  return true;
}

it.each(['/graphql', '/graphql/', '/graphql?x=1', '/graphql/?x=1', '/%67raphql'])(
  'a socket at %s is accepted, as a request is',
  async (path) => {
    expect(await isAccepted({ path })).toBe(true);
    const { status } = await fetch(`${app.url}${path}`, { headers: { 'impilo-api-key': KEYS.northside } });
    expect(status).toBe(400); // no query
  },
);

describe('origins', () => {
  it.each<[string, string, Record<string, string>, boolean]>([
    ['a configured one', ORIGIN, {}, true],
    ['a configured one with its default port', `${ORIGIN}:443`, {}, true],
    ['a configured one in capitals', 'HTTPS://APP.Example.com', {}, true],
    ["the gateway's own", 'own', {}, true],
    ['behind a proxy', 'https://gw.example.com', { host: 'gw.example.com' }, true],
    ['behind a proxy that adds the port', 'https://gw.example.com', { host: 'gw.example.com:443' }, true],
    ['behind a proxy without TLS that adds the port', 'http://gw.example.com', { host: 'gw.example.com:80' }, true],
    ['behind a proxy with a port of its own', 'https://gw.example.com:8443', { host: 'gw.example.com:8443' }, true],
    ['in capitals', 'https://gw.example.com', { host: 'GW.Example.com:443' }, true],
    ['an IPv6 address', 'http://[::1]:4000', { host: '[0:0:0:0:0:0:0:1]:4000' }, true],
    [
      'behind a proxy that changes the host',
      'https://gw.example.com',
      { host: '10.0.0.7:4000', 'x-forwarded-host': 'gw.example.com', 'x-forwarded-proto': 'https' },
      true,
    ],
    [
      'behind two proxies with a port',
      'https://gw.example.com:8443',
      { host: 'inner:4000', 'x-forwarded-host': 'gw.example.com, middle', 'x-forwarded-port': '8443' },
      true,
    ],
    [
      'behind a proxy of RFC 7239',
      'https://gw.example.com',
      { host: 'inner', forwarded: 'for=192.0.2.60;proto=https;host="gw.example.com:443"' },
      true,
    ],
    ['another', 'https://evil.example.com', {}, false],
    ['another port', 'https://gw.example.com', { host: 'gw.example.com:8443' }, false],
    ['the port of another scheme', 'http://gw.example.com', { host: 'gw.example.com:443' }, false],
    ['a configured one with another port', `${ORIGIN}:8443`, {}, false],
    ['a configured one without TLS', 'http://app.example.com', {}, false],
    ['an origin with the configured one as its prefix', `${ORIGIN}.evil.example.com`, {}, false],
    [
      'a host with another behind an at sign',
      'https://gw.example.com@evil.example.com',
      { host: 'gw.example.com' },
      false,
    ],
    ['a sandboxed page', 'null', {}, false],
    ['an empty one', '', {}, false],
  ])('%s', async (_what, origin, headers, allowed) => {
    expect(await isAccepted({ headers: { ...headers, origin: origin === 'own' ? app.url : origin } })).toBe(allowed);
  });
});

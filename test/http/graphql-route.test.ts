import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually';
import { rawRequest } from '../support/raw-request';
import { KEYS, TestApp } from '../support/test-app';

const BODY = '{"query":"{ viewer { role } }"}';
const DATA = { data: { viewer: { role: 'ADMIN' } } };
const HEAD = `Host: x\r\nImpilo-API-Key: ${KEYS.northside}\r\n`;
const JSON_HEAD = `${HEAD}Content-Type: application/json\r\n`;
const NOT_JSON = 'The body must be JSON, with the content type application/json.';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
});
afterAll(() => app.stop());

const post = (target: string, body = BODY, head = JSON_HEAD): string =>
  `POST ${target} HTTP/1.1\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

function open(): Socket {
  const { hostname, port } = new URL(app.url);
  return connect(Number(port), hostname);
}

describe('the path', () => {
  it.each(['/graphql', '/graphql/', '/graphql?x=1', '/graphql/?x=1', '/%67raphql', '/graphq%6C/', 'http://x/graphql'])(
    '%s is that of GraphQL',
    async (target) => {
      const { status, body } = await rawRequest(app.url, post(target));
      expect([status, JSON.parse(body)]).toEqual([200, DATA]);
    },
  );

  it.each(['/graphql//', '/Graphql', '/graphql/x', '//graphql', '/graphql%2F', '/graphqlx', '/api/v3/graphql'])(
    '%s is another one',
    async (target) => {
      expect((await rawRequest(app.url, post(target))).status).toBe(404);
    },
  );

  it.each(['/graphql%', '/graphql?query=%ff', '/graphql/%zz'])('%s is malformed', async (target) => {
    const { status, body } = await rawRequest(app.url, post(target));
    expect(status).toBe(400);
    expect(body).toContain('The URL is malformed.');
  });
});

describe('a body', () => {
  it.each(['application/json', 'Application/JSON', 'application/json;charset=utf-8', 'application/json ; x=y'])(
    'of the type %s is read',
    async (type) => {
      const { status, body } = await rawRequest(app.url, post('/graphql', BODY, `${HEAD}Content-Type: ${type}\r\n`));
      expect([status, JSON.parse(body)]).toEqual([200, DATA]);
    },
  );

  it.each([
    'text/plain',
    'application/graphql',
    'application/jsonx',
    'json',
    'multipart/form-data; boundary=x',
    ';',
    '',
  ])('of the type "%s" is refused', async (type) => {
    const head = type === '' ? HEAD : `${HEAD}Content-Type: ${type}\r\n`;
    const { status, body } = await rawRequest(app.url, post('/graphql', BODY, head));
    expect([status, JSON.parse(body)]).toEqual([
      415,
      { errors: [{ message: NOT_JSON, extensions: { code: 'BAD_USER_INPUT' } }] },
    ]);
  });

  it.each([
    ['', 'The body is empty. It must be JSON.'],
    ['{"query"', 'The body is not valid JSON.'],
    ['{"query":"{ __typename }","__proto__":{}}', 'The body is not valid JSON.'],
  ])('that is %j is refused', async (body, message) => {
    const response = await rawRequest(app.url, post('/graphql', body));
    expect([response.status, JSON.parse(response.body)]).toEqual([
      400,
      { errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] },
    ]);
  });

  it('may be missing, and then there is no document', async () => {
    const { status, body } = await rawRequest(app.url, `POST /graphql HTTP/1.1\r\n${HEAD}\r\n`);
    expect(status).toBe(400);
    expect(body).toContain('"errors"');
  });

  it('may arrive in pieces, in chunks of any size', async () => {
    const chunks = [...BODY].map((byte) => `1\r\n${byte}\r\n`).join('');
    const { body } = await rawRequest(
      app.url,
      `POST /graphql HTTP/1.1\r\n${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    );
    expect(JSON.parse(body)).toEqual(DATA);
  });

  it('is awaited with 100 by a client that asks for it', async () => {
    const socket = open();
    socket.write(
      `POST /graphql HTTP/1.1\r\n${JSON_HEAD}Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${BODY.length}\r\n\r\n`,
    );
    const continued = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(continued.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(BODY);
    expect(await text(socket)).toContain(JSON.stringify(DATA));
  });

  it('that ends with its connection leaves nothing behind', async () => {
    const id = 'left-half-way';
    const socket = open();
    socket.write(
      `POST /graphql HTTP/1.1\r\n${JSON_HEAD}X-Request-Id: ${id}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 9)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    const line = await eventually(
      async () => app.log.split('\n').find((one) => one.includes(id)),
      'the line of the request',
    );
    expect(line).toMatch(/"path":"\/graphql".*"status":499/);
  });
});

describe('a connection', () => {
  it('is used for many requests, whose responses have their order', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `request-${index}`);
    const socket = open();
    socket.write(ids.map((id) => post('/graphql', BODY, `${JSON_HEAD}X-Request-Id: ${id}\r\n`)).join(''));
    socket.write(post('/livez', '', 'Host: x\r\nConnection: close\r\n').replace('POST', 'GET'));
    const responses = await text(socket);
    expect(Array.from(responses.matchAll(/^x-request-id: (request.*)\r$/gim), ([, id]) => id)).toEqual(ids);
    expect(responses.split(JSON.stringify(DATA))).toHaveLength(13);
    expect(responses).toMatch(/\{"status":"ok"\}$/);
  });

  it('is closed after a body that was refused, of which there may be more', async () => {
    const socket = open();
    socket.write(post('/graphql', '{'));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*\r\nconnection: close\r\n/is);
  });

  it('of HTTP/1.0 has a response, too', async () => {
    const { status, body } = await rawRequest(app.url, post('/graphql').replace('HTTP/1.1', 'HTTP/1.0'));
    expect([status, JSON.parse(body)]).toEqual([200, DATA]);
  });
});

it.each(['a', 'é', '漢', '😀'])('the length of a response with %s is that of its bytes', async (character) => {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'impilo-api-key': KEYS.northside, 'content-type': 'application/json', 'accept-encoding': 'identity' },
    body: JSON.stringify({ query: `{ "${character}" }` }),
  });
  const body = Buffer.from(await response.arrayBuffer());
  expect([response.status, response.headers.get('content-length')]).toEqual([400, String(body.length)]);
  expect(body.toString()).toContain(`\\"${character}\\"`);
});

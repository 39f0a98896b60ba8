import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ROUTES } from '../../src/features';
import type { RestRoute } from '../../src/platform/rest/route';
import { rowsFor, validValues } from '../isolation/rest-probe.harness';
import { createOwnRows, NORTHSIDE_ID, startTwoCustomers, type OwnRows } from '../isolation/two-customers.harness';
import { rawRequest, type RawResponse } from '../support/raw-request';
import { RestClient } from '../support/rest-client';
import { requestOf, type RestSample } from '../support/rest-walk';
import { KEYS, type TestApp } from '../support/test-app';

const GETS = ROUTES.filter(({ method }) => method === 'GET');
const WRITES = ROUTES.filter(({ method }) => method !== 'GET');
const BLOCK = '/device/disable-readings';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const MB = 1_048_576;

let app: TestApp;
let rest: RestClient;
let rows: OwnRows;
let deviceId: string;

beforeAll(async () => {
  app = await startTwoCustomers();
  rest = new RestClient(app);
  rows = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  deviceId = rows.ids.Device;
});
afterAll(() => app.stop());

const sampleOf = (route: RestRoute): RestSample =>
  requestOf(route, validValues({ foreign: rows, own: rowsFor(route, rows) }, route));

/** Sends bytes: each character of the path, the headers and the body is one. */
function sendRaw(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<RawResponse> {
  const all: Record<string, string | string[]> = {
    Host: 'localhost',
    'Impilo-API-Key': KEYS.northside,
    ...(body !== undefined && { 'Content-Length': String(body.length) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
  return rawRequest(app.url, [`${method} ${path} HTTP/1.1`, ...lines, '', body ?? ''].join('\r\n'));
}

const send = (method: string, path: string, headers?: Record<string, string | string[]>, body?: string) =>
  sendRaw(method, `/api/v3${path}`, headers, body);

/** Asserts a complete problem, and that nothing is said of the gateway's inside. */
function expectProblem({ status, headers, body }: RawResponse, expected: number, detail: string, field: string | null) {
  const problem = JSON.parse(body) as { errors: unknown[] };
  expect({ status, ...problem }).toMatchObject({ status: expected, type: 'about:blank', detail, field });
  expect(problem.errors[0]).toMatchObject({ detail, field });
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
}

describe.each(GETS)('GET $path', (route) => {
  it('HEAD has the status and headers of GET, and no body', async () => {
    const { path } = sampleOf(route);
    const [get, head] = [await send('GET', path), await send('HEAD', path)];
    expect([get.status, head.status, head.body]).toEqual([200, 200, '']);
    for (const name of ['content-type', 'cache-control', 'vary'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.body)));
    expect(get.headers.get('cache-control')).toBe('no-store');
    // A response of 1 kB and more may be compressed.
    const names = get.body.length < 1_024 ? [] : ['accept-encoding'];
    expect(get.headers.get('vary')).toBe(['authorization, impilo-api-key, accept', ...names].join(', '));
    expect(head.headers.get('vary')).toBe(get.headers.get('vary'));
  });

  it('a trailing slash and a body do not matter, upper case does', async () => {
    const { path } = sampleOf(route);
    const [plain, query] = path.split('?') as [string, string?];
    const rest = query === undefined ? '' : `?${query}`;
    const expected = (await send('GET', path)).body;
    expect((await send('GET', `${plain}/${rest}`)).body).toBe(expected);
    expect((await send('GET', path, JSON_TYPE, '{')).body).toBe(expected);
    const first = plain.split('/')[1]!;
    expect((await send('GET', path.replace(first, first.toUpperCase()))).status).toBe(404);
  });

  it('an unknown parameter is refused, also one that looks like a member of JavaScript', async () => {
    const { path } = sampleOf(route);
    for (const name of ['unknown', '__proto__', 'constructor', 'toString', 'Impilo-API-Key', 'idempotencyKey']) {
      const answer = await send('GET', `${path}${path.includes('?') ? '&' : '?'}${name}=1`);
      expectProblem(answer, 400, `${name} is not known here.`, name);
    }
  });

  it('an Idempotency-Key is ignored, whatever it is', async () => {
    const { path } = sampleOf(route);
    const keys = { 'Idempotency-Key': ['one', 'two', '\xff'] };
    expect((await send('GET', path, keys)).status).toBe(200);
  });

  it.each(['application/xml', 'text/html', 'application/json;q=0, text/*', 'application/vnd.api+json'])(
    'Accept: %s is refused',
    async (accept) => {
      const answer = await send('GET', sampleOf(route).path, { Accept: accept });
      expectProblem(answer, 406, 'The header Accept must allow application/json.', 'Accept');
    },
  );

  it.each([
    'application/problem+json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8;q=0.5',
    'text/html, */*;q=0.1',
    'application/*',
    '',
  ])('Accept: %s is served', async (accept) => {
    expect((await send('GET', sampleOf(route).path, { Accept: accept })).status).toBe(200);
  });
});

it.each(ROUTES)('$method $path: the other methods are refused, and OPTIONS names its methods', async ({ path }) => {
  const url = path.replace(/\{\w+\}/, '1');
  const matches = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(url);
  const methods = ROUTES.filter((route) => matches(route.path)).map(({ method }) => method);
  const allowed = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].sort();
  const allow = [...allowed, 'OPTIONS'].join(', ');
  const options = await send('OPTIONS', url);
  expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, allow, '']);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter((one) => !allowed.includes(one))) {
    const answer = await send(method, url, JSON_TYPE, method === 'GET' ? undefined : '{}');
    expectProblem(answer, 405, `This path does not allow this method. Use ${allowed.join(' or ')}.`, null);
    expect(answer.headers.get('allow')).toBe(allow);
  }
});

describe.each(WRITES)('$method $path', (route) => {
  const write = (body: string | undefined, headers: Record<string, string> = JSON_TYPE): Promise<RawResponse> =>
    send(route.method, sampleOf(route).path, headers, body);
  const valid = (): string => JSON.stringify(sampleOf(route).body);

  it.each([
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['a string', '"text"'],
    ['a list of great depth', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('a body that is %s is refused', async (_what, body) => {
    expectProblem(await write(body), 400, 'The body must be an object.', null);
  });

  it.each([
    ['nothing', '', JSON_TYPE, 400, 'The body is empty. It must be JSON.'],
    ['no JSON', '{"a":', JSON_TYPE, 400, 'The body is not valid JSON.'],
    ['not UTF-8', '{"a":"\xff"}', JSON_TYPE, 400, 'The body contains bytes that are not valid UTF-8.'],
    ['larger than 1 MB', `{"a":"${'x'.repeat(MB)}"}`, JSON_TYPE, 413, 'The body is larger than the limit of 1 MB.'],
    ['without a type', '{}', {}, 415, 'The body must be JSON, with the content type application/json.'],
    [
      'a form',
      'a=1',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      415,
      'The body must be JSON, with the content type application/json.',
    ],
    [
      'of another charset',
      '{}',
      { 'Content-Type': 'application/json; charset=utf-16' },
      415,
      'The charset must be UTF-8.',
    ],
    [
      'of an unknown encoding',
      '{}',
      { ...JSON_TYPE, 'Content-Encoding': 'zstd' },
      415,
      'The content-encoding must be gzip, deflate or br, or none.',
    ],
    [
      'not as encoded as it says',
      '{}',
      { ...JSON_TYPE, 'Content-Encoding': 'gzip' },
      400,
      'The body does not match its content-encoding.',
    ],
    [
      'larger than 1 MB when it is decompressed',
      gzipSync(`{"a":"${'x'.repeat(2 * MB)}"}`).toString('latin1'),
      { ...JSON_TYPE, 'Content-Encoding': 'gzip' },
      413,
      'The body is larger than the limit of 1 MB.',
    ],
  ])('a body that is %s is refused', async (_what, body, headers, status, detail) => {
    expectProblem(await write(body, headers), status, detail, null);
  });

  it('a compressed body is read, up to the rules of its members', async () => {
    const body = gzipSync('{"unknown":1}').toString('latin1');
    expect((await write(body, { ...JSON_TYPE, 'Content-Encoding': 'gzip' })).body).toContain(
      'unknown is not known here',
    );
  });

  it.each(['unknown', 'constructor', 'toString', 'idempotencyKey', 'x'.repeat(100)])(
    'an unknown member %s is refused by its name',
    async (name) => {
      const { body } = await write(JSON.stringify({ ...(JSON.parse(valid()) as object), [name]: 1 }));
      expect((JSON.parse(body) as { errors: unknown[] }).errors).toContainEqual({
        code: 'BAD_USER_INPUT',
        detail: `${name} is not known here.`,
        field: name,
      });
    },
  );

  it('a member that is given twice is refused, also when it is written in another way', async () => {
    for (const body of ['{"deviceId":1,"a":[{"x":1}],"deviceId":2}', '{"deviceId":1,"device\\u0049d":2}'])
      expectProblem(await write(body), 400, 'deviceId must be given only once.', 'deviceId');
    const inner = '{"a":"\\\\\\"{","list":[{},{"b":{"c":1,"d":"c","c":2}}]}';
    expectProblem(await write(inner), 400, 'list.1.b.c must be given only once.', 'list.1.b.c');
    expectProblem(
      await write('{"a":{"__proto__":{"deviceId":1}}}'),
      400,
      'a.__proto__ is not allowed as the name of a member.',
      'a.__proto__',
    );
  });

  it('of many unknown members, twenty are named, and one more fault says how many others there are', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_one, index) => [`member${index}`, 1]));
    const members = { ...(JSON.parse(valid()) as object), ...many, ['x'.repeat(100_000)]: 1 };
    const { status, body } = await write(JSON.stringify(members));
    expect(status).toBe(400);
    const { errors } = JSON.parse(body) as { errors: unknown[] };
    expect(errors).toHaveLength(21);
    expect(errors.at(-1)).toEqual({ code: 'BAD_USER_INPUT', detail: '19981 more values are refused.', field: null });
    expect(body.length).toBeLessThan(50_000);
    const long = await write(JSON.stringify({ ['x'.repeat(100_000)]: 1 }));
    expect(long.body.length).toBeLessThan(50_000);
  });

  it('an unknown member and an unknown parameter of the query are refused together', async () => {
    const members = { ...(JSON.parse(valid()) as object), unknown: 1 };
    const { body } = await send(route.method, `${sampleOf(route).path}?other=1`, JSON_TYPE, JSON.stringify(members));
    expect((JSON.parse(body) as { errors: { field: string }[] }).errors.map(({ field }) => field)).toEqual([
      'unknown',
      'other',
    ]);
  });

  it('a parameter of the query is refused', async () => {
    const answer = await send(route.method, `${sampleOf(route).path}?unknown=1`, JSON_TYPE, valid());
    expectProblem(answer, 400, 'unknown is not known here.', 'unknown');
  });
});

describe('texts that are no text', () => {
  it.each([
    ['a NUL character', '\\u0000', 'must not contain a NUL character'],
    ['a lone surrogate', '\\ud800', 'must not contain half of a surrogate pair, which is not a character'],
  ])('%s in a body is refused by the name of its member', async (_what, text, rule) => {
    const answer = await send('PATCH', BLOCK, JSON_TYPE, `{"deviceIdentifier":"a${text}b"}`);
    expectProblem(answer, 422, `deviceIdentifier ${rule}.`, 'deviceIdentifier');
  });

  it.each([
    '%00',
    '1%00',
    '1%2F2',
    '%2e%2e',
    '1%0d%0aSet-Cookie:x',
    '-1',
    '1.0',
    '1e3',
    '0x1',
    '%20',
    '１',
    '1'.repeat(300),
  ])('the id %s is refused by its rule', async (id) => {
    const answer = await send('GET', `/device/${encodeURI(decodeURI(id)) === id ? id : encodeURIComponent(id)}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('id must be a whole number from');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each(['%ED%A0%80', '%zz', '%', '%c0%af', '\xe9', '%E9'])(
    'the path part %s is refused as malformed',
    async (part) => {
      const answer = await send('GET', `/device/${part}`);
      expectProblem(answer, 400, 'The URL is malformed. Percent-encode the UTF-8 bytes of its text.', null);
    },
  );

  it('a 20-digit id, a page 0, a size of 251 and a repeated parameter are refused by their rules', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const cases: [string, string, string][] = [
      ['/device/12345678901234567890', `id must be a whole number from 0 to ${most}.`, 'id'],
      ['/device?page=0', 'page must be a whole number from 1 to 100000.', 'page'],
      ['/device?page=', 'page must be a whole number from 1 to 100000.', 'page'],
      ['/device?page=+1', 'page must be a whole number from 1 to 100000.', 'page'],
      ['/device?size=251', 'size must be a whole number from 1 to 250.', 'size'],
      ['/device?size=1&size=2', 'size must be given only once.', 'size'],
      ['/device?status[0]=lost', 'status[0] is not known here.', 'status[0]'],
    ];
    for (const [path, detail, field] of cases) expectProblem(await send('GET', path), 400, detail, field);
  });

  it.each([
    '/api/v3',
    '/api/v3/',
    '/api/v3/nothing',
    '/api/v3//device/1',
    '/api/v3/device/../patient/1',
    '/api/v3/device//1',
  ])('%s is not found', async (path) => {
    const answer = await sendRaw('GET', path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 404, title: 'Not Found' });
  });
});

describe('many parameters', () => {
  it.each([
    ['one that is repeated', 'status=lost&'.repeat(1_000), 'status must be given at most 100 times.'],
    [
      'different ones',
      Array.from({ length: 1_500 }, (_one, index) => `p${index}=1`).join('&'),
      'p0 is not known here.',
    ],
  ])('%s get a short answer', async (_what, query, detail) => {
    const { status, body } = await send('GET', `/device?${query}`);
    expect([status, (JSON.parse(body) as { detail: string }).detail]).toEqual([400, detail]);
    expect(body.length).toBeLessThan(20_000);
  });

  it('10,000 are refused with the whole head, as a problem', async () => {
    const answer = await send('GET', `/device?${'status=lost&'.repeat(10_000)}`);
    expectProblem(answer, 431, 'The headers are larger than 16 KB.', null);
  });
});

describe('a connection', () => {
  it('that expects 100-continue is told to continue; another expectation is ignored', async () => {
    const body = `{"deviceId":9000000000000001}`;
    const told = await send('PATCH', BLOCK, { ...JSON_TYPE, Expect: '100-continue' }, body);
    expect([told.status, told.body.startsWith('HTTP/1.1 404')]).toEqual([100, true]);
    expect((await send('PATCH', BLOCK, { ...JSON_TYPE, Expect: 'something' }, body)).status).toBe(404);
  });

  it('that sends what is not HTTP after a request gets a problem', async () => {
    const head = `Host: localhost\r\nImpilo-API-Key: ${KEYS.northside}\r\n`;
    const first = `GET /api/v3/device/${deviceId} HTTP/1.1\r\n${head}\r\n`;
    const { headers, body } = await rawRequest(app.url, `${first}GET /api/v3/device HTTP/9.9\r\n${head}\r\n`, {
      keepAlive: true,
    });
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toContain('"detail":"The request is not valid HTTP."');
  });

  it('that is slow to send its body does not delay others, and is served when it has arrived', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const body = '{"deviceId":9000000000000001}';
    socket.write(
      `PATCH /api/v3${BLOCK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nImpilo-API-Key: ${KEYS.northside}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    expect((await rest.get(`/device/${deviceId}`)).status).toBe(200);
    const chunks: Buffer[] = [];
    for (const character of body.slice(5)) socket.write(character);
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toContain('"code":"DEVICE_NOT_FOUND"');
  });
});

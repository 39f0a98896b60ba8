import { DevicePlacement, DeviceStatus } from '../../src/features/device/device-status';
import { createHash } from 'node:crypto';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp, type GraphqlError } from '../support/test-app';
import { nested, REFUSALS, repeated } from './limits.refusals';

let app: TestApp;
let socket: RawSocket;
beforeAll(async () => {
  app = await TestApp.start();
  socket = await RawSocket.connect(app.url, KEYS.northside);
});
afterAll(async () => {
  await socket.close();
  await app.stop();
});

async function post(
  body: string,
  headers: Record<string, string> = {},
): Promise<SocketResult & { status: number; headers: Headers }> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'impilo-api-key': KEYS.northside, 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as SocketResult) };
}

/** Message and extensions of the only error. */
function refusal(result: SocketResult): Pick<GraphqlError, 'message'> & GraphqlError['extensions'] {
  expect(result.data ?? null).toBeNull();
  expect(result.errors).toHaveLength(1);
  const [{ message, extensions }] = result.errors as [GraphqlError];
  return { ...extensions, message };
}

describe.each(REFUSALS)('$title', ({ title: _title, code, message, path, ...operation }) => {
  const expected = { code, message, ...(path && { path }) };

  it('is refused over HTTP with 400, without statements', async () => {
    let result: Awaited<ReturnType<typeof post>>;
    const statements = await app.statementsOf(async () => (result = await post(JSON.stringify(operation))));
    expect(result!.status).toBe(400);
    expect(refusal(result!)).toEqual(expected);
    expect(statements).toEqual([]);
  });

  it('is refused over WebSocket with the same message, without statements', async () => {
    let result: SocketResult;
    const statements = await app.statementsOf(async () => (result = await socket.execute(operation)));
    expect(refusal(result!)).toEqual(expected);
    expect(statements).toEqual([]);
    expect(socket.closed).toBeUndefined();
  });
});

it.each([
  ...REFUSALS,
  { title: 'several faults', query: '{ device { color } nothing }', code: '', message: '', path: [] },
])('$title: both transports return the same errors with the same locations', async (refusal) => {
  const { title: _title, code: _code, message: _message, path: _path, ...operation } = refusal;
  const { errors } = await socket.execute(operation);
  expect((await post(JSON.stringify(operation))).errors).toEqual(errors);
});

/** Beyond the stack of anything that calls itself for each level, JSON.stringify included. */
describe.each([
  ['Int', '{ devices(first: $a) { nodes { id } } }', []],
  ['ID!', '{ node(id: $a) { id } }', []],
  ['[DeviceStatus!]', '{ devices(filter: { statuses: $a }) { nodes { id } } }', ['0']],
  ['DeviceFilter', '{ devices(filter: $a) { nodes { id } } }', []],
])('values in 50,000 levels for a variable of type %s', (type, use, path) => {
  const levels = (opening: string, closing: string) => opening.repeat(50_000) + closing.repeat(50_000);
  it.each([
    ['lists', levels('[', ']')],
    ['objects', levels('{"a":', '}').replace(':}', ':1}')],
  ])('of %s are refused on both transports', async (what, value) => {
    const payload = `{ "query": "query ($a: ${type}) ${use}", "variables": { "a": ${value} } }`;
    const result = await post(payload);
    const at = value.startsWith('[') ? path : [];
    expect([result.status, refusal(result)]).toEqual([
      400,
      { code: 'BAD_USER_INPUT', message: expect.stringContaining('$a') as string, path: ['a', ...at] },
    ]);
    const deep = `${what} for ${type}`;
    socket.send(`{ "id": "${deep}", "type": "subscribe", "payload": ${payload} }`);
    const message = await socket.message(({ id }) => id === deep);
    expect(message.payload).toEqual({ errors: result.errors });
  });
});

describe('an operation at the limit', () => {
  it.each([
    ['depth 11', nested(11), {}, { device: { patient: null } }],
    [
      '30 aliases',
      `{ ${repeated(30, (index) => `a${index}: __typename`)} }`,
      {},
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a${index}`, 'Query'])),
    ],
    [
      '50 directives',
      `{ ${repeated(50, () => '... @include(if: true) { __typename }')} }`,
      {},
      { __typename: 'Query' },
    ],
    ['100 levels', `{ ${'... { '.repeat(99)} __typename ${'} '.repeat(99)} }`, {}, { __typename: 'Query' }],
    [
      'a chain of 480 fragments',
      `{ ...F0 } ${repeated(480, (index) => `fragment F${index} on Query { ${index < 479 ? `...F${index + 1}` : '__typename'} }`)}`,
      {},
      { __typename: 'Query' },
    ],
    ['100,000 bytes', `{ __typename } #${'x'.repeat(100_000 - 16)}`, {}, { __typename: 'Query' }],
    [
      'a costly operation with small pages',
      REFUSALS.find(({ title }) => title.startsWith('too costly'))!.query,
      { first: 10 },
      { devices: { nodes: Array(10).fill({ associations: { nodes: expect.any(Array) as object[] } }) } },
    ],
  ])('%s runs on both transports', async (_what, query, variables, data) => {
    const overHttp = await post(JSON.stringify({ query, variables }));
    const overSocket = await socket.execute({ query, variables });
    expect([overHttp.status, overHttp.errors]).toEqual([200, undefined]);
    expect(overHttp.data).toEqual(data);
    expect(overSocket).toEqual({ data: overHttp.data });
  });

  it('4,000 tokens, of which 34 surround lists of their maximum length, run on both transports', async () => {
    const cycle = (count: number, values: readonly string[]) =>
      repeated(count, (index) => values[index % values.length]!);
    const lists = {
      siteIds: cycle(1_000, ['"3"']),
      customerIds: cycle(1_000, ['"1"']),
      statuses: cycle(1_000, Object.values(DeviceStatus)),
      placements: cycle(966, Object.values(DevicePlacement)),
    };
    const filter = Object.entries(lists).map(([member, values]) => `${member}: [${values}]`);
    const query = `{ devices(first: 1, filter: { ${filter.join(' ')} }) { nodes { id } } }`;
    const data = await app.data('northside', '{ devices(first: 1, filter: { siteIds: ["3"] }) { nodes { id } } }');
    expect(data).toEqual({ devices: { nodes: [{ id: expect.stringMatching(/^[\w-]+$/) as string }] } });
    expect((await post(JSON.stringify({ query }))).data).toEqual(data);
    expect(await socket.execute({ query })).toEqual({ data });
  });
});

describe('HTTP', () => {
  const NO_BODY = 'POST body missing, invalid Content-Type, or JSON object has no keys.';
  const SUBSCRIPTION = 'subscription { deviceStatusChanged { cursor } }';
  const MUTATION = 'mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }';

  it('refuses a subscription', async () => {
    const result = await post(JSON.stringify({ query: SUBSCRIPTION }));
    expect(result.status).toBe(400);
    expect(refusal(result)).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'Subscriptions run over WebSocket (subprotocol graphql-transport-ws) at this path.',
    });
  });

  it('refuses a mutation by GET', async () => {
    const response = await fetch(`${app.url}/graphql?query=${encodeURIComponent(MUTATION)}`, {
      headers: { 'impilo-api-key': KEYS.northside },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(refusal((await response.json()) as SocketResult).code).toBe('BAD_USER_INPUT');
    expect(await app.data('northside', '{ device(id: 1) { currentStatus } }')).toEqual({
      device: { currentStatus: 'AVAILABLE_AT_SITE' },
    });
  });

  it.each([
    ['a body that is not JSON', 'query { __typename }', {}, 400, 'The body is not valid JSON.'],
    ['an empty body', '', {}, 400, 'The body is empty. It must be JSON.'],
    ['half of a JSON body', '{"query":"{ __typename', {}, 400, 'The body is not valid JSON.'],
    [
      'XML',
      '<query/>',
      { 'content-type': 'application/xml' },
      415,
      'The body must be JSON, with the content type application/json.',
    ],
    ['a prototype in the body', '{"__proto__":{"query":"{ __typename }"}}', {}, 400, 'The body is not valid JSON.'],
    [
      '2 MB of query',
      JSON.stringify({ query: `{ __typename } #${'x'.repeat(2_000_000)}` }),
      {},
      413,
      'The body is larger than the limit of 1 MB.',
    ],
    ['a body without a query', '{}', {}, 400, NO_BODY],
    ['a query that is not a string', '{"query":1}', {}, 400, 'GraphQL queries must be strings.'],
    [
      'variables that are not an object',
      '{"query":"{ __typename }","variables":"a"}',
      {},
      400,
      '`variables` in a POST body should be provided as an object, not a recursively JSON-encoded string.',
    ],
    ['JSON that is not an object', '"{ __typename }"', {}, 400, NO_BODY],
    ['null', 'null', {}, 400, NO_BODY],
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', {}, 400, 'Operation batching disabled.'],
  ])('refuses %s', async (_what, body, headers, status, message) => {
    const result = await post(body, headers);
    expect(result.status).toBe(status);
    expect(refusal(result)).toEqual({ code: 'BAD_USER_INPUT', message });
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
  ])('refuses the content type %s, which browsers send without a preflight', async (contentType, status) => {
    const result = await post(JSON.stringify({ query: MUTATION }), { 'content-type': contentType });
    expect(result.status).toBe(status);
    expect(refusal(result).code).toBe('BAD_USER_INPUT');
    expect(await app.data('northside', '{ device(id: 1) { currentStatus } }')).toEqual({
      device: { currentStatus: 'AVAILABLE_AT_SITE' },
    });
  });

  it.each([
    ['no credential', {}],
    ['the password that a browser remembers', { authorization: 'Basic dXNlcjpwYXNzd29yZA==' }],
    ['a cookie', { cookie: `apiKey=${KEYS.northside}` }],
  ])('refuses a GET that browsers send without a preflight: with %s', async (_what, headers) => {
    const response = await fetch(`${app.url}/graphql?query=%7B__typename%7D`, { headers });
    expect(response.status).toBe(401);
    expect(refusal((await response.json()) as SocketResult).code).toBe('UNAUTHENTICATED');
  });

  it.each<Record<string, string>>([
    { authorization: `Bearer ${KEYS.northside}` },
    { 'impilo-api-key': KEYS.northside },
  ])('accepts a GET with a credential in a header, for which browsers send a preflight: %j', async (headers) => {
    const response = await fetch(`${app.url}/graphql?query=%7B__typename%7D`, { headers });
    expect([response.status, await response.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  it('requests the text of an unknown persisted query and stores it', async () => {
    const query = '{ viewer { role } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const unknown = await post(JSON.stringify({ extensions }));
    expect(refusal(unknown)).toEqual({ code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' });
    expect((await post(JSON.stringify({ query, extensions }))).data).toEqual({ viewer: { role: 'ADMIN' } });
    expect((await post(JSON.stringify({ extensions }))).data).toEqual({ viewer: { role: 'ADMIN' } });
  });

  it('does not store a refused persisted query', async () => {
    const query = '{ viewer { nothing } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    expect(refusal(await post(JSON.stringify({ query, extensions }))).code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(refusal(await post(JSON.stringify({ extensions }))).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it('serves concurrent requests for the same document', async () => {
    const query = '{ viewer { role } } # many';
    const body = JSON.stringify({ query });
    const responses = await Promise.all(Array.from({ length: 20 }, () => post(body)));
    expect(responses.map(({ status, data }) => [status, data])).toEqual(
      Array(20).fill([200, { viewer: { role: 'ADMIN' } }]),
    );
  });

  it.each([
    ['no Accept header', {}, 400],
    ['Accept: */*', { accept: '*/*' }, 400],
    ['the media type of GraphQL over HTTP', { accept: 'application/graphql-response+json' }, 400],
    ['both media types', { accept: 'application/graphql-response+json, application/json' }, 400],
    ['only application/json', { accept: 'application/json' }, 200],
  ])('returns the status of a refused document for %s', async (_what, headers, status) => {
    for (const query of ['{', '{ nothing }', REFUSALS[0]!.query]) {
      const result = await post(JSON.stringify({ query }), headers);
      expect([result.status, result.data]).toEqual([status, undefined]);
    }
  });

  it('returns errors in the same shape for every path', async () => {
    const response = await fetch(`${app.url}/nothing`);
    expect(response.status).toBe(404);
    expect(refusal((await response.json()) as SocketResult).code).toBe('BAD_USER_INPUT');
  });
});

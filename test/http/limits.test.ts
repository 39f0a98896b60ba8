import { createHash } from 'node:crypto';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp, type GraphqlError } from '../support/test-app';

interface Refusal {
  title: string;
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  code: string;
  message: string;
}

const nested = (depth: number): string =>
  `{ device(id: 1) ${'{ patient { devices { nodes '.repeat(Math.floor((depth - 2) / 3))}{ id }${' } } }'.repeat(Math.floor((depth - 2) / 3))} }`;
const repeated = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

/** What is refused before it runs, the same on HTTP and WebSocket. */
const REFUSALS: Refusal[] = [
  {
    title: 'too deep',
    query: nested(14),
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of depth: 14 found, at most 12 allowed.',
  },
  {
    title: 'too many aliases',
    query: `{ ${repeated(31, (index) => `a${index}: __typename`)} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of aliases: 31 found, at most 30 allowed.',
  },
  {
    title: 'too many directives',
    query: `{ ${repeated(51, () => '... @include(if: true) { __typename }')} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of directives: 51 found, at most 50 allowed.',
  },
  {
    title: 'too many aliases in a document that is wrong besides',
    query: `{ ${repeated(31, (index) => `a${index}: nothing`)} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of aliases: 31 found, at most 30 allowed.',
  },
  {
    title: 'too many tokens',
    query: `{ ${repeated(4_000, () => '__typename')} }`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of tokens: more than 4000 found, at most 4000 allowed.',
  },
  {
    title: 'too many bytes',
    query: `{ __typename } #${'ü'.repeat(50_000)}`,
    code: 'OPERATION_TOO_COMPLEX',
    message: 'Operation exceeds the limit of document bytes: 100016 found, at most 100000 allowed.',
  },
  {
    title: 'too costly with these variables',
    query: `query ($first: Int) { devices(first: $first) { nodes { associations(first: $first) { nodes { device { associations(first: $first) { nodes { id } } } } } } } }`,
    variables: { first: 100 },
    code: 'OPERATION_TOO_COMPLEX',
    message: expect.stringMatching(
      /^Operation exceeds the limit of cost: \d+ found, at most 25000 allowed\.$/,
    ) as string,
  },
  {
    title: 'a syntax error',
    query: '{ device(id: 1) { id }',
    code: 'GRAPHQL_PARSE_FAILED',
    message: 'Syntax Error: Expected Name, found <EOF>.',
  },
  {
    title: 'an unknown field',
    query: '{ device(id: 1) { colour } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Cannot query field "colour" on type "Device".',
  },
  {
    title: 'an unknown enum value',
    query: '{ devices(filter: { status: [BROKEN] }) { nodes { id } } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Value "BROKEN" does not exist in "DeviceStatus" enum.',
  },
  {
    title: 'an unknown enum value in the variables',
    query: 'query ($status: [DeviceStatus!]) { devices(filter: { status: $status }) { nodes { id } } }',
    variables: { status: ['BROKEN'] },
    code: 'BAD_USER_INPUT',
    message:
      'Variable "$status" got invalid value "BROKEN" at "status[0]"; Value "BROKEN" does not exist in "DeviceStatus" enum.',
  },
  {
    title: 'a variable of the wrong type',
    query: 'query ($first: Int) { devices(first: $first) { nodes { id } } }',
    variables: { first: 'ten' },
    code: 'BAD_USER_INPUT',
    message: 'Variable "$first" got invalid value "ten"; Int cannot represent non-integer value: "ten"',
  },
  {
    title: 'a number beyond int64',
    query: 'query ($first: Int) { devices(first: $first) { nodes { id } } }',
    variables: { first: 2 ** 63 },
    code: 'BAD_USER_INPUT',
    message:
      'Variable "$first" got invalid value 9223372036854776000; Int cannot represent non 32-bit signed integer value: 9223372036854776000',
  },
  {
    title: 'a variable that is missing',
    query: 'query ($id: ID!) { device(id: $id) { id } }',
    code: 'BAD_USER_INPUT',
    message: 'Variable "$id" of required type "ID!" was not provided.',
  },
  {
    title: 'an operation that the document does not have',
    query: 'query One { __typename }',
    operationName: 'Two',
    code: 'BAD_USER_INPUT',
    message: 'The document has no operation of this operationName.',
  },
  {
    title: 'several operations and no name',
    query: 'query One { __typename } query Two { __typename }',
    code: 'BAD_USER_INPUT',
    message: 'The document does not say which operation to run: give operationName.',
  },
];

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

/** The only error: its code and message. */
function refusal(result: SocketResult): Pick<GraphqlError, 'message'> & { code: string } {
  expect(result.data ?? null).toBeNull();
  expect(result.errors).toHaveLength(1);
  const [{ message, extensions }] = result.errors as [GraphqlError];
  expect(Object.keys(extensions)).toEqual(['code']);
  return { code: extensions.code, message };
}

describe.each(REFUSALS)('$title', ({ title: _title, code, message, ...operation }) => {
  it('is refused over HTTP with 400, and nothing is read', async () => {
    let result: Awaited<ReturnType<typeof post>>;
    const statements = await app.statementsOf(async () => (result = await post(JSON.stringify(operation))));
    expect(result!.status).toBe(400);
    expect(refusal(result!)).toEqual({ code, message });
    expect(statements).toEqual([]);
  });

  it('is refused over WebSocket in the same words, and nothing is read', async () => {
    let result: SocketResult;
    const statements = await app.statementsOf(async () => (result = await socket.execute(operation)));
    expect(refusal(result!)).toEqual({ code, message });
    expect(statements).toEqual([]);
    expect(socket.closed).toBeUndefined();
  });
});

describe('what just fits', () => {
  it.each([
    ['depth 11', nested(11), {}],
    ['30 aliases', `{ ${repeated(30, (index) => `a${index}: __typename`)} }`, {}],
    ['50 directives', `{ ${repeated(50, () => '... @include(if: true) { __typename }')} }`, {}],
    ['100,000 bytes', `{ __typename } #${'x'.repeat(100_000 - 16)}`, {}],
    [
      'a costly operation with small pages',
      REFUSALS.find(({ title }) => title.startsWith('too costly'))!.query,
      { first: 10 },
    ],
  ])('%s runs on both transports', async (_what, query, variables) => {
    const overHttp = await post(JSON.stringify({ query, variables }));
    const overSocket = await socket.execute({ query, variables });
    expect(overHttp).toMatchObject({ status: 200, data: expect.any(Object) as object });
    expect(overHttp.errors).toBeUndefined();
    expect(overSocket).toEqual({ data: overHttp.data });
  });

  it('4,000 tokens, 22 of them around a list, are read', async () => {
    const query = `{ devices(first: 1, filter: { siteId: [${repeated(3_978, () => '"3"')}] }) { nodes { id } } }`;
    const data = { devices: { nodes: [{ id: expect.any(String) as string }] } };
    expect((await post(JSON.stringify({ query }))).data).toEqual(data);
    expect(await socket.execute({ query })).toEqual({ data });
  });
});

describe('over HTTP alone', () => {
  const SUBSCRIPTION = 'subscription { deviceStatusChanged { id } }';
  const MUTATION = 'mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }';

  it('refuses a subscription', async () => {
    const result = await post(JSON.stringify({ query: SUBSCRIPTION }));
    expect(result.status).toBe(400);
    expect(refusal(result)).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'Subscriptions run over WebSocket (subprotocol graphql-transport-ws) at this path.',
    });
  });

  it('refuses a mutation by GET, which may be sent twice', async () => {
    const response = await fetch(`${app.url}/graphql?query=${encodeURIComponent(MUTATION)}`, {
      headers: { 'impilo-api-key': KEYS.northside, 'apollo-require-preflight': '1' },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(refusal((await response.json()) as SocketResult).code).toBe('BAD_USER_INPUT');
    expect(await app.data('northside', '{ device(id: 1) { currentStatus } }')).toEqual({
      device: { currentStatus: 'AVAILABLE_AT_SITE' },
    });
  });

  it.each([
    ['a body that is not JSON', 'query { __typename }', {}, 400, 'The body is not JSON.'],
    ['an empty body', '', {}, 400, 'The body is empty, where JSON was expected.'],
    ['half of a JSON body', '{"query":"{ __typename', {}, 400, 'The body is not JSON.'],
    [
      'XML',
      '<query/>',
      { 'content-type': 'application/xml' },
      415,
      'The body must be JSON, with the content type application/json.',
    ],
    ['a prototype in the body', '{"__proto__":{"query":"{ __typename }"}}', {}, 400, 'The body is not JSON.'],
    [
      '2 MB of query',
      JSON.stringify({ query: `{ __typename } #${'x'.repeat(2_000_000)}` }),
      {},
      413,
      'The body is larger than the limit of 1 MB.',
    ],
    ['a body without a query', '{}', {}, 400, expect.any(String) as string],
    ['a query that is no text', '{"query":1}', {}, 400, expect.any(String) as string],
    [
      'variables that are no object',
      '{"query":"{ __typename }","variables":"a"}',
      {},
      400,
      expect.any(String) as string,
    ],
    ['JSON that is no object', '"{ __typename }"', {}, 400, expect.any(String) as string],
    ['null', 'null', {}, 400, expect.any(String) as string],
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', {}, 400, expect.any(String) as string],
  ])('refuses %s', async (_what, body, headers, status, message) => {
    const result = await post(body, headers);
    expect(result.status).toBe(status);
    expect(refusal(result)).toEqual({ code: 'BAD_USER_INPUT', message });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'refuses the content type %s, which a page may send anywhere without asking',
    async (contentType) => {
      const result = await post(JSON.stringify({ query: MUTATION }), { 'content-type': contentType });
      expect([400, 415]).toContain(result.status);
      expect(refusal(result).code).toBe('BAD_USER_INPUT');
      expect(await app.data('northside', '{ device(id: 1) { currentStatus } }')).toEqual({
        device: { currentStatus: 'AVAILABLE_AT_SITE' },
      });
    },
  );

  it('refuses a GET that a page may send anywhere without asking', async () => {
    const response = await fetch(`${app.url}/graphql?query=%7B__typename%7D`, {
      headers: { authorization: `Bearer ${KEYS.northside}` },
    });
    expect(response.status).toBe(400);
    expect(refusal((await response.json()) as SocketResult).code).toBe('BAD_USER_INPUT');
  });

  it('asks for the text of a persisted query that it does not know, and then knows it', async () => {
    const query = '{ viewer { role } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const unknown = await post(JSON.stringify({ extensions }));
    expect(refusal(unknown)).toEqual({ code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' });
    expect((await post(JSON.stringify({ query, extensions }))).data).toEqual({ viewer: { role: 'ADMIN' } });
    expect((await post(JSON.stringify({ extensions }))).data).toEqual({ viewer: { role: 'ADMIN' } });
  });

  it('answers every path in the same shape', async () => {
    const response = await fetch(`${app.url}/nothing`);
    expect(response.status).toBe(404);
    expect(refusal((await response.json()) as SocketResult).code).toBe('BAD_USER_INPUT');
  });
});

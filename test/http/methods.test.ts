import { rawRequest } from '../support/raw-request';
import { KEYS, TestApp } from '../support/test-app';

const KEY = { 'impilo-api-key': KEYS.northside };

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
  await app.startInstance({ CORS_ORIGINS: 'https://app.example.com' });
});
afterAll(() => app.stop());

/** The response, with its body read so that its connection is free. */
async function ask(url: string, init: RequestInit = {}): Promise<Response & { body: never; content: Buffer }> {
  const response = await fetch(url, init);
  return Object.assign(response, { content: Buffer.from(await response.arrayBuffer()) }) as never;
}

const path = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;

it.each([
  '/',
  '/livez',
  '/readyz',
  '/schema.graphql',
  '/docs/api.md',
  '/graphiql/graphiql.css',
  path('{ __typename }'),
])('HEAD %s returns the status and the headers of GET, without a body', async (url) => {
  const [get, head] = await Promise.all(
    ['GET', 'HEAD'].map((method) =>
      ask(`${app.url}${url}`, { method, headers: { ...KEY, 'accept-encoding': 'identity' } }),
    ),
  );
  const { length } = get!.content;
  expect([get!.status, head!.status]).toEqual([200, 200]);
  expect(head!.content).toHaveLength(0);
  expect(head!.headers.get('content-length')).toBe(String(length));
  for (const name of ['content-type', 'cache-control', 'vary', 'etag'])
    expect([name, head!.headers.get(name)]).toEqual([name, get!.headers.get(name)]);
});

it('HEAD runs no mutation', async () => {
  const response = await ask(
    `${app.url}${path('mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }')}`,
    {
      method: 'HEAD',
      headers: KEY,
    },
  );
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

describe.each([0, 1])('on instance %i', (instance) => {
  it.each([
    ['/graphql', ['PUT', 'DELETE', 'PATCH', 'PROPFIND'], 'GET, HEAD, POST, OPTIONS'],
    ['/graphql/', ['PUT'], 'GET, HEAD, POST, OPTIONS'],
    ['/', ['POST', 'PUT', 'DELETE'], 'GET, HEAD, OPTIONS'],
    ['/livez', ['POST'], 'GET, HEAD, OPTIONS'],
    ['/readyz', ['POST'], 'GET, HEAD, OPTIONS'],
    ['/schema.graphql', ['PUT'], 'GET, HEAD, OPTIONS'],
    ['/docs/api.md', ['POST'], 'GET, HEAD, OPTIONS'],
    ['/graphiql/graphiql.css', ['POST'], 'GET, HEAD, OPTIONS'],
  ])('%s refuses %j with 405 and names its methods', async (url, methods, allow) => {
    for (const method of methods) {
      const response = await ask(`${app.urls[instance]}${url}`, { method, body: 'no JSON' });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow]);
      expect(JSON.parse(response.content.toString())).toEqual({
        errors: [
          {
            message: `This path does not allow this method. Use ${allow.replace(', OPTIONS', '').replaceAll(', ', ' or ')}.`,
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      });
    }
    const options = await ask(`${app.urls[instance]}${url}`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow'), options.content.toString()]).toEqual([204, allow, '']);
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s of a path that does not exist is 404, whatever its body',
    async (method) => {
      const hasBody = !['GET', 'HEAD'].includes(method);
      for (const url of ['/nothing', '/docs/nothing', '/graphql/x', '/livez/x', '/graphiql/nothing.js', '/GRAPHQL']) {
        if (hasBody && /^\/(docs|graphiql)/.test(url)) continue; // the path allows GET
        const response = await ask(`${app.urls[instance]}${url}`, { method, body: hasBody ? '{"no' : null });
        expect([url, response.status]).toEqual([url, 404]);
        if (method === 'HEAD') continue;
        expect(JSON.parse(response.content.toString())).toEqual({
          errors: [
            {
              message:
                'Not found. The GraphQL endpoint is /graphql. /api/v3/openapi.yaml describes the REST interface.',
              extensions: { code: 'BAD_USER_INPUT' },
            },
          ],
        });
      }
    },
  );
});

it('an unknown expectation is ignored', async () => {
  const { status } = await rawRequest(app.url, 'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n');
  expect(status).toBe(200);
});

it('a request of HTTP/1.1 without a host is refused like others', async () => {
  const { status, body } = await rawRequest(app.url, 'GET /livez HTTP/1.1\r\n\r\n');
  expect([status, JSON.parse(body)]).toEqual([
    400,
    { errors: [{ message: 'The header Host is missing.', extensions: { code: 'BAD_USER_INPUT' } }] },
  ]);
  expect((await rawRequest(app.url, 'GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200);
});

describe('parameters without a value', () => {
  const get = async (search: string): Promise<unknown> =>
    JSON.parse(
      (await ask(`${app.url}${path('query Q { __typename }')}&${search}`, { headers: KEY })).content.toString(),
    );

  it.each([
    'operationName=',
    'variables=',
    'extensions=',
    'operationName=&variables=&extensions=',
    'variables=null&extensions=null&operationName=null',
    'variables=%7B%7D&operationName=Q',
  ])('are absent in a GET: %s', async (search) => {
    expect(await get(search)).toEqual({ data: { __typename: 'Query' } });
  });

  it('are not confused with wrong values', async () => {
    for (const search of ['operationName=X', 'variables=x', 'variables=1', 'operationName=&operationName=Q'])
      expect(await get(search)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('do not let a mutation pass as a GET', async () => {
    const url = `${app.url}${path('mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }')}&operationName=`;
    expect((await ask(url, { headers: KEY })).status).toBe(405);
  });

  it('are absent in a POST', async () => {
    const response = await ask(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json' },
      body: '{"query":"query Q { __typename }","operationName":"","variables":null,"extensions":null}',
    });
    expect(JSON.parse(response.content.toString())).toEqual({ data: { __typename: 'Query' } });
  });
});

describe('caches', () => {
  const VARY = ['accept', 'authorization', 'impilo-api-key'];
  const varyOf = ({ headers }: Response): string[] => headers.get('vary')!.split(', ').sort();

  it.each<[string, string, RequestInit]>([
    ['a GET', path('{ viewer { role } }'), { headers: KEY }],
    [
      'a POST',
      '/graphql',
      {
        method: 'POST',
        headers: { ...KEY, 'content-type': 'application/json' },
        body: '{"query":"{ viewer { role } }"}',
      },
    ],
    ['a refused document', path('{ nothing }'), { headers: KEY }],
    [
      'an unknown persisted query',
      '/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22x%22%7D%7D',
      { headers: KEY },
    ],
    ['a refused key', path('{ viewer { role } }'), {}],
    [
      'a body that is not JSON',
      '/graphql',
      { method: 'POST', headers: { ...KEY, 'content-type': 'application/json' }, body: '{' },
    ],
  ])('must not store the response to %s', async (_what, url, init) => {
    const response = await ask(`${app.url}${url}`, init);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(varyOf(response)).toEqual(VARY);
    const cross = await ask(`${app.urls[1]}${url}`, init);
    expect(varyOf(cross)).toEqual(['Origin', ...VARY].sort());
  });

  it('must not store health checks and errors', async () => {
    for (const url of ['/livez', '/readyz', '/nothing', '/graphql%'])
      expect([url, (await ask(`${app.url}${url}`)).headers.get('cache-control')]).toEqual([url, 'no-store']);
  });

  it('keep files, and ask whether they are current', async () => {
    for (const url of ['/', '/docs/api.md', '/schema.graphql', '/graphiql/graphiql.css'])
      expect([url, (await ask(`${app.url}${url}`)).headers.get('cache-control')]).toEqual([url, 'no-cache']);
  });
});

import { KEYS, TestApp } from '../support/test-app';

const ORIGIN = 'https://app.example.com';
const CORS_HEADERS = [
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-credentials',
  'access-control-max-age',
];

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
  await app.startInstance({
    CORS_ORIGINS: `${ORIGIN}, https://second.example.com`,
    CORS_HEADERS: 'X-App-Version, TraceParent',
  });
});
afterAll(() => app.stop());

async function corsOf(instance: number, init: RequestInit): Promise<{ status: number; cors: Record<string, string> }> {
  const { status, headers } = await fetch(`${app.urls[instance]}/graphql`, init);
  const cors = CORS_HEADERS.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)!]);
  return { status, cors: Object.fromEntries(cors) as Record<string, string> };
}

const preflight = (origin: string): RequestInit => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  },
});
const query = (origin: string): RequestInit => ({
  method: 'POST',
  headers: { origin, authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
  body: '{"query":"{ __typename }"}',
});

it.each([ORIGIN, 'https://second.example.com'])(
  'a page of the configured origin %s may call the API, without cookies',
  async (origin) => {
    expect(await corsOf(1, preflight(origin))).toEqual({
      status: 204,
      cors: {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH',
        'access-control-allow-headers': expect.stringMatching(
          /^authorization, impilo-api-key, content-type, [a-z0-9, -]+, x-app-version$/,
        ) as string,
        'access-control-max-age': '600',
      },
    });
    expect(await corsOf(1, query(origin))).toEqual({ status: 200, cors: { 'access-control-allow-origin': origin } });
  },
);

it('a page of a configured origin can read error responses', async () => {
  expect(await corsOf(1, { method: 'POST', headers: { origin: ORIGIN } })).toEqual({
    status: 401,
    cors: { 'access-control-allow-origin': ORIGIN },
  });
});

it.each(['https://evil.example.com', `${ORIGIN}.evil.example.com`, 'http://app.example.com', 'null'])(
  'the origin %s gets no CORS headers',
  async (origin) => {
    expect((await corsOf(1, preflight(origin))).cors).not.toHaveProperty('access-control-allow-origin');
    expect((await corsOf(1, query(origin))).cors).not.toHaveProperty('access-control-allow-origin');
  },
);

it('a preflight without an origin is refused', async () => {
  const { origin: _origin, ...headers } = preflight(ORIGIN).headers as Record<string, string>;
  const response = await fetch(`${app.urls[1]}/graphql`, { method: 'OPTIONS', headers });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
  ]);
});

it('no origin is allowed by default', async () => {
  expect((await corsOf(0, preflight(ORIGIN))).cors).toEqual({});
  expect(await corsOf(0, query(ORIGIN))).toEqual({ status: 200, cors: {} });
});

it.each([
  'authorization',
  'impilo-api-key',
  'content-type',
  'content-encoding',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'x-requested-with',
  'traceparent',
  'tracestate',
  'baggage',
  'sentry-trace',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-datadog-trace-id',
  'x-request-id',
  'x-app-version',
])('a page may send the header %s', async (name) => {
  const { cors } = await corsOf(1, preflight(ORIGIN));
  const allowed = cors['access-control-allow-headers']!.split(', ');
  expect(allowed.filter((one) => one === name)).toHaveLength(1);
});

it('a page can read the headers of refusals', async () => {
  const { headers } = await fetch(`${app.urls[1]}/graphql`, { method: 'POST', headers: { origin: ORIGIN } });
  expect(headers.get('access-control-expose-headers')).toBe(
    'allow, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id',
  );
});

it('responses differ by origin, and say so to caches', async () => {
  for (const init of [preflight(ORIGIN), query(ORIGIN), query('https://evil.example.com')]) {
    const { headers } = await fetch(`${app.urls[1]}/graphql`, init);
    expect(headers.get('vary')?.toLowerCase()).toContain('origin');
  }
});

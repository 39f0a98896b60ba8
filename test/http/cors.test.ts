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
  await app.startInstance({ CORS_ORIGINS: `${ORIGIN}, https://second.example.com` });
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
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers':
          'authorization, content-type, impilo-api-key, apollo-require-preflight, x-apollo-operation-name',
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

it('no origin is allowed by default', async () => {
  expect((await corsOf(0, preflight(ORIGIN))).cors).toEqual({});
  expect(await corsOf(0, query(ORIGIN))).toEqual({ status: 200, cors: {} });
});

import { TestApp } from '../support/test-app';

const ORIGIN = 'https://portal.example.com';
const FILES = [
  ['yaml', 'application/yaml; charset=utf-8'],
  ['json', 'application/json; charset=utf-8'],
];

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ env: { CORS_ORIGINS: ORIGIN } });
});
afterAll(() => app.stop());

const get = (format: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${app.url}/api/v3/openapi.${format}`, { method, headers });

describe.each(FILES)('the document as %s', (format, type) => {
  test('needs no key, and HEAD has the same headers', async () => {
    const [whole, head] = [await get(format), await get(format, {}, 'HEAD')];
    expect((await whole.text()).length).toBeGreaterThan(10_000);
    expect(await head.text()).toBe('');
    const names = ['content-type', 'etag', 'cache-control', 'content-length', 'vary', 'x-content-type-options'];
    for (const { status, headers } of [whole, head])
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, type, 'no-cache']);
    for (const name of names) expect(head.headers.get(name)).toBe(whole.headers.get(name));
  });

  test.each(['br', 'gzip', 'identity'])(
    'in the encoding %s has the same content, and is not sent again',
    async (encoding) => {
      const given = { 'accept-encoding': encoding };
      const [compressed, plain] = [await get(format, given), await get(format, { 'accept-encoding': 'identity' })];
      expect(compressed.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
      expect(await compressed.text()).toBe(await plain.text());
      const etag = compressed.headers.get('etag')!;
      const again = await get(format, { ...given, 'if-none-match': etag });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    },
  );

  test('can be read by pages of the configured origins only', async () => {
    const allowed = async (origin: string) => {
      const { headers } = await get(format, { origin });
      return headers.get('access-control-allow-origin');
    };
    expect([await allowed(ORIGIN), await allowed('https://elsewhere.example.com')]).toEqual([ORIGIN, null]);
  });

  test('allows no other method', async () => {
    const { status, headers } = await get(format, {}, 'POST');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

import { TestApp } from '../support/test-app';

const PAGE = '/api/v3/docs';
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

async function read(url: string): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const response = await fetch(url);
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
}

describe('with demo keys', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  test('the page and each of its files have security headers, and no script is inline', async () => {
    const page = await read(`${app.url}${PAGE}`);
    expect(page.text).not.toMatch(/<script(?! defer src=)|<style|https?:\/\//);
    const files = [...page.text.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    const types: unknown[] = [];
    for (const path of [PAGE, `${PAGE}/`, ...files]) {
      const { status, headers } = await read(`${app.url}${path}`);
      expect({ path, status, ...headers }).toMatchObject({
        status: 200,
        'content-security-policy': CSP,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-cache',
      });
      types.push(headers['content-type']!.split(';')[0]);
    }
    const [html, css, script] = ['text/html', 'text/css', 'text/javascript'];
    expect(types).toEqual([html, html, 'image/svg+xml', css, css, script, script, script]);
  });

  test('the first demo key is filled in, and another file is a problem', async () => {
    expect((await read(`${app.url}${PAGE}/config.js`)).text).toContain('"key":"demo-northside"');
    const missing = await read(`${app.url}${PAGE}/reference.page.js`);
    expect([missing.status, missing.headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
  });
});

test('without demo mode no key is filled in', async () => {
  const app = await TestApp.start({ env: { DEMO: 'off' } });
  expect((await read(`${app.url}${PAGE}/config.js`)).text).toBe(
    'globalThis.referenceConfig = {"document":"/api/v3/openapi.json","scheme":"apiKey"};\n',
  );
  await app.stop();
});

test('where the explorer is off there is no reference, and the document stays', async () => {
  const app = await TestApp.start({ env: { GRAPHIQL: 'off' } });
  for (const path of [PAGE, `${PAGE}/config.js`]) expect((await read(`${app.url}${path}`)).status).toBe(404);
  expect((await read(`${app.url}/api/v3/openapi.json`)).status).toBe(200);
  await app.stop();
});

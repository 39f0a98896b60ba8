import { readFileSync } from 'node:fs';
import { DEMO_KEYS } from '../../src/programs/demo/demo-keys';
import { POLICY } from '../../src/platform/access/policy';
import { TestApp } from '../support/test-app';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const get = (path: string, init: RequestInit = {}, url = app.url) => fetch(`${url}${path}`, init);

async function statusOf(path: string, url = app.url): Promise<number> {
  const response = await get(path, {}, url);
  await response.text();
  return response.status;
}

describe('a program', () => {
  test.each(['application/json', '*/*', undefined])('that accepts %s gets the links as JSON', async (accept) => {
    const response = await get('/', { headers: accept === undefined ? {} : { accept } });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('vary')).toBe('accept, accept-encoding');
    const start = (await response.json()) as { documents: { path: string; title: string }[] };
    expect(start).toMatchObject({
      name: 'Device gateway',
      version,
      links: {
        graphql: '/graphql',
        explorer: '/graphql',
        schema: '/schema.graphql',
        rest: '/api/v3',
        openapi: '/api/v3/openapi.yaml',
        reference: '/api/v3/docs',
        livez: '/livez',
        readyz: '/readyz',
      },
      demoKeys: DEMO_KEYS.map(({ key, role, label }) => ({ key, role, label, allows: expect.any(String) as string })),
    });
    expect(start.documents[0]).toEqual({ path: '/docs/tour.md', title: 'A tour of the API' });
  });

  test('gets each linked path', async () => {
    const { links, documents } = (await (await get('/')).json()) as {
      links: Record<string, string>;
      documents: { path: string }[];
    };
    const paths = [...Object.values(links), ...documents.map(({ path }) => path)].filter(
      (path) => !['/graphql', '/api/v3'].includes(path),
    );
    for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 200]);
    expect(await (await get('/schema.graphql')).text()).toBe(readFileSync('schema.graphql', 'utf8'));
    expect(await (await get('/docs/callers.md')).text()).toBe(readFileSync('docs/callers.md', 'utf8'));
  });
});

describe('a browser', () => {
  test('gets a page with the version, the health, the keys and the links', async () => {
    const response = await get('/', { headers: BROWSER });
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const text of [`Version ${version}`, '>Ready<', 'href="/graphql"', 'href="/readyz"', 'href="/docs/api.md"'])
      expect(html).toContain(text);
    for (const { key, label } of DEMO_KEYS) {
      expect(html).toContain(`<code>${key}</code>`);
      expect(html).toContain(`${label}.`);
    }
    expect(Object.keys(POLICY)).toEqual(expect.arrayContaining(DEMO_KEYS.map(({ role }) => role)));
    for (const path of ['/graphql', '/api/v3/device/1']) expect(html).toContain(`curl ${app.url}${path}`);
  });

  test.each(['/', '/docs/api.md', '/docs/decisions/README.md'])(
    '%s runs no script and names no other host to load from',
    async (path) => {
      const response = await get(path, { headers: BROWSER });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
        ) as string,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-cache',
        vary: 'accept, accept-encoding',
      });
      expect(await response.text()).not.toMatch(/<script|<img|<iframe|src=|@import|url\(|<link(?![^>]+data:)/);
    },
  );

  test('reads documents whose headings and links work', async () => {
    const html = await (await get('/docs/api.md', { headers: BROWSER })).text();
    expect(html).toContain('<a href="/docs/tour.md">tour</a>');
    expect(html).toContain('<h2 id="endpoint-and-transports">');
    expect(html).toContain('href="/schema.graphql"');
    expect(html).not.toMatch(/href="\/(src|test)\//);
  });
});

test.each(['/', '/schema.graphql', '/docs/tour.md'])('HEAD %s returns the headers of GET', async (path) => {
  for (const headers of [{ accept: '*/*' }, BROWSER]) {
    const [head, body] = [await get(path, { method: 'HEAD', headers }), await get(path, { headers })];
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(await body.text()).not.toBe('');
    for (const name of ['content-type', 'content-length', 'vary'])
      expect(head.headers.get(name)).toBe(body.headers.get(name));
  }
});

test.each(['/docs/', '/docs/nothing', '/docs/..%2Fpackage.json', '/docs/schemas/0.2.0.graphql', '/docs/tour'])(
  'there is no document %s',
  async (path) => {
    expect(await statusOf(path)).toBe(404);
  },
);

test('in production it shows the endpoint and the health checks, and nothing else', async () => {
  const { url } = await app.startInstance({ NODE_ENV: 'production', DEMO: 'off' });
  expect(await (await get('/', {}, url)).json()).toEqual({
    name: 'Device gateway',
    description: 'GraphQL gateway over devices, patients and sites for remote patient care.',
    links: {
      graphql: '/graphql',
      rest: '/api/v3',
      openapi: '/api/v3/openapi.yaml',
      livez: '/livez',
      readyz: '/readyz',
    },
  });
  const page = await (await get('/', { headers: BROWSER }, url)).text();
  expect(page).toContain('Ready');
  for (const secret of [version, 'demo-', 'explorer', '/docs/', 'schema']) expect(page).not.toContain(secret);
  for (const path of ['/schema.graphql', '/docs/tour.md']) expect(await statusOf(path, url)).toBe(404);
});

test('without introspection the schema is not served', async () => {
  const { url } = await app.startInstance({ INTROSPECTION: 'off' });
  expect(((await (await get('/', {}, url)).json()) as { links: object }).links).not.toHaveProperty('schema');
  expect(await statusOf('/schema.graphql', url)).toBe(404);
  expect(await (await get('/docs/api.md', { headers: BROWSER }, url)).text()).not.toContain('href="/schema.graphql"');
});

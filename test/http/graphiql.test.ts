import { type GraphqlError, KEYS, TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('where the explorer is off', () => {
  const asBrowser = { accept: 'text/html,*/*;q=0.8' };

  test.each([
    ['GRAPHIQL=off', { GRAPHIQL: 'off' }, 200],
    ['in production', { NODE_ENV: 'production' }, 400],
    ['INTROSPECTION=off', { INTROSPECTION: 'off', GRAPHIQL: 'off' }, 400],
  ])('%s: no page; introspection has its own switch', async (_name, env, introspection) => {
    const { url, stop } = await app.startInstance(env);
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
    expect((await fetch(`${url}/graphiql/boot.js`)).status).toBe(404);

    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
      body: '{ "query": "{ __schema { queryType { name } } }" }',
    });
    const { data, errors } = (await response.json()) as { data?: unknown; errors?: GraphqlError[] };
    expect(response.status).toBe(introspection);
    if (introspection === 200) expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    else
      expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    await stop();
  });

  test('in production it can be turned on, and shows no key without demo data', async () => {
    const { url, stop } = await app.startInstance({ NODE_ENV: 'production', GRAPHIQL: 'on', DEMO: 'off' });
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await (await fetch(`${url}/graphiql/config.js`)).text()).not.toContain('demo-');
    await stop();
  });
});

import { serverAudits } from 'graphql-http';
import { KEYS, TestApp } from '../support/test-app';

const CREDENTIAL = { authorization: `Bearer ${KEYS.northside}` };

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

async function fetchAsClient(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...CREDENTIAL } });
}

it('all audits of GraphQL over HTTP pass, including optional ones', async () => {
  const audits = serverAudits({ url: `${app.url}/graphql`, fetchFn: fetchAsClient });
  const results = await Promise.all(audits.map((audit) => audit.fn()));
  expect(results).toHaveLength(61);
  const failures = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.status} ${result.name}: ${result.reason}`],
  );
  expect(failures).toEqual([]);
});

it.each([
  ['application/json', 200],
  ['application/json, multipart/mixed', 200],
  ['application/graphql-response+json', 400],
  ['application/graphql-response+json, application/json;q=0.9', 400],
  ['*/*', 400],
])('a client that accepts %s gets the errors of an invalid document with status %i', async (accept, status) => {
  const response = await fetchAsClient(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: '{ nothing }' }),
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
});

it('a mutation over GET is refused', async () => {
  const url = new URL(`${app.url}/graphql`);
  url.searchParams.set(
    'query',
    'mutation { disableDeviceReadings(input: { deviceId: 1 }) { device { currentStatus } } }',
  );
  const response = await fetchAsClient(url.toString(), { headers: { accept: 'application/json' } });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
  const { device } = await app.data('northside', '{ device(id: 1) { currentStatus } }');
  expect(device).toEqual({ currentStatus: 'AVAILABLE_AT_SITE' });
});

import { KEYS, TestApp } from '../support/test-app';

/** Requests for a document that is in the cache do not pass through Apollo Server. Their responses are the same. */

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Example {
  query: string;
  variables?: object;
  operationName?: string | null;
}

async function send(body: object, headers: Record<string, string> = {}, url = '/graphql') {
  const response = await fetch(`${app.url}${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS.northside}`, ...headers },
    body: JSON.stringify(body),
  });
  const names = [...response.headers.keys()].filter((name) => !/^(date|x-request-id|ratelimit)/.test(name));
  return {
    status: response.status,
    headers: Object.fromEntries(names.map((name) => [name, response.headers.get(name)])),
    text: (await response.text()).replaceAll(/"errorId":"[^"]+"/g, '"errorId":"…"'),
  };
}

const DEVICES = 'query Devices($first: Int) { devices(first: $first) { nodes { id currentStatus site { name } } } }';
const TWO = 'query One { viewer { role } } query Two { devices(first: 1) { nodes { id } } }';

const EXAMPLES: Record<string, Example> = {
  'a query': { query: '{ viewer { role } }' },
  variables: { query: DEVICES, variables: { first: 3 } },
  'no operation name': { query: TWO },
  'the name of an operation': { query: TWO, operationName: 'Two' },
  'an empty name': { query: '{ viewer { role } }', operationName: '' },
  'an unknown name': { query: TWO, operationName: 'Three' },
  'an invalid page size': { query: DEVICES, variables: { first: 1_000 } },
  'a variable of another type': { query: DEVICES, variables: { first: 'three' } },
  'a field that fails': { query: '{ device(id: "no id") { id } }' },
  'a mutation that is refused': {
    query: 'mutation ($input: AssociateDeviceInput!) { associateDevice(input: $input) { userErrors { code path } } }',
    variables: { input: { deviceId: '999999', patientId: '999999' } },
  },
};

/** In the cache after the first: each has passed all checks once. */
async function warm(): Promise<void> {
  for (const { query } of Object.values(EXAMPLES)) {
    const variables =
      query === DEVICES
        ? { first: 1 }
        : query.includes('$input')
          ? EXAMPLES['a mutation that is refused']!.variables
          : {};
    await send({ query, variables, ...(query === TWO && { operationName: 'One' }) });
  }
}

/** `extensions` with a persisted query take the way of Apollo Server. */
async function viaApollo({ query, ...rest }: Example, headers?: Record<string, string>) {
  const { createHash } = await import('node:crypto');
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  return send({ query, ...rest, extensions: { persistedQuery: { version: 1, sha256Hash } } }, headers);
}

const ACCEPT = {
  none: {},
  JSON: { accept: 'application/json' },
  'the newer type': { accept: 'application/graphql-response+json' },
  both: { accept: 'application/graphql-response+json, application/json;q=0.9' },
  neither: { accept: 'text/css' },
};

describe.each(Object.entries(EXAMPLES))('%s', (_name, example) => {
  it.each(Object.entries(ACCEPT))('accept: %s', async (_accept, headers) => {
    await warm();
    const direct = await send(example, headers);
    expect(direct).toEqual(await viaApollo(example, headers));
  });
});

it.each([
  [{ query: '' }],
  [{ query: 5 }],
  [{}],
  [[]],
  [{ query: '{ viewer { role } }', variables: [] }],
  [{ query: '{ viewer { role } }', variables: 'x' }],
  [{ query: '{ viewer { role } }', operationName: 5 }],
  [{ query: '{ viewer { role } }', extensions: 'x' }],
])('a body of another shape is refused: %j', async (body) => {
  await warm();
  expect((await send(body)).status).toBe(400);
});

import { createHash } from 'node:crypto';
import { KEYS, TestApp, type GraphqlResponse } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Request {
  query?: string;
  of: string;
  variables?: object;
  key?: string | null;
}

/** Sends a query by its hash, with or without its text. */
async function send({ query, of, variables, key = KEYS.northside }: Request): Promise<GraphqlResponse> {
  const sha256Hash = createHash('sha256').update(of).digest('hex');
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { 'impilo-api-key': key }) },
    body: JSON.stringify({ query, variables, extensions: { persistedQuery: { version: 1, sha256Hash } } }),
  });
  return { status: response.status, ...((await response.json()) as Omit<GraphqlResponse, 'status'>) };
}

const register = (query: string, request: Partial<Request> = {}) => send({ query, of: query, ...request });
const codeOf = ({ errors }: GraphqlResponse) => errors?.[0]?.extensions.code;
const isKept = async (of: string) => codeOf(await send({ of })) !== 'PERSISTED_QUERY_NOT_FOUND';

it.each<[string, string, Partial<Request>, string]>([
  ['of a caller without a credential', '{ viewer { role } } # 1', { key: null }, 'UNAUTHENTICATED'],
  ['of an unknown key', '{ viewer { role } } # 2', { key: 'unknown' }, 'UNAUTHENTICATED'],
  ['that is not valid', '{ viewer { nothing } } # 3', {}, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'that costs too much',
    'query ($n: Int) { devices(first: $n) { nodes { associations(first: $n) { nodes { patient { associations(first: $n) { nodes { id } } } } } } } }',
    { variables: { n: 100 } },
    'OPERATION_TOO_COMPLEX',
  ],
  ['of another text', '{ viewer { role } } # 4', { of: '{ version }' }, 'BAD_USER_INPUT'],
])('a query %s is not kept', async (_what, query, request, code) => {
  expect(codeOf(await register(query, request))).toBe(code);
  expect(await isKept(query)).toBe(false);
});

it('a customer that sends many evicts its own, and none of others', async () => {
  const lakeview = '{ viewer { role } } # of Lakeview';
  await register(lakeview, { key: KEYS.lakeview });
  const own = (nth: number) => `{ viewer { role } } #${nth}${'x'.repeat(90_000)}`;
  for (let nth = 0; nth < 30; nth += 1) expect((await register(own(nth))).data).toEqual({ viewer: { role: 'ADMIN' } });
  expect([await isKept(lakeview), await isKept(own(29)), await isKept(own(0))]).toEqual([true, true, false]);
});

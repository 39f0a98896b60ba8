import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const QUERY = '{ devices(first: 5) { nodes { id } } }';

async function send(headers: Record<string, string>, query = QUERY, url = '/graphql') {
  const response = await fetch(`${app.url}${url}`, {
    headers: { 'content-type': 'application/json', 'impilo-api-key': KEYS.northside, ...headers },
    ...(url === '/graphql' && { method: 'POST', body: JSON.stringify({ query }) }),
  });
  return (await response.json()) as { extensions?: unknown; errors?: unknown };
}

const quota = (name: string) => ({
  name,
  remaining: expect.any(Number) as number,
  resetSeconds: expect.any(Number) as number,
});
const COST = { cost: { requested: 7, quotas: [quota('credential'), quota('customer')] } };

it.each(['1', 'true'])('X-Cost: %s adds the cost, for new and for known documents, and by GET', async (value) => {
  const query = `${QUERY} # ${value}`;
  for (let nth = 0; nth < 3; nth += 1) expect((await send({ 'x-cost': value }, query)).extensions).toEqual(COST);
  const url = `/graphql?query=${encodeURIComponent(QUERY)}`;
  expect((await send({ 'x-cost': value }, '', url)).extensions).toEqual(COST);
});

it.each<Record<string, string>>([{}, { 'x-cost': '0' }, { 'x-cost': '' }])('%j adds nothing', async (headers) => {
  for (let nth = 0; nth < 2; nth += 1) expect(await send(headers)).not.toHaveProperty('extensions');
});

it('the remaining points become fewer', async () => {
  const remaining = async () => {
    const { extensions } = await send({ 'x-cost': '1' });
    return (extensions as { cost: { quotas: { remaining: number }[] } }).cost.quotas[0]!.remaining;
  };
  expect(await remaining()).toBeLessThanOrEqual(100 * 100_000);
});

it('a document that is not valid has no cost', async () => {
  const { extensions, errors } = await send({ 'x-cost': '1' }, '{ nothing }');
  expect([errors, extensions]).toEqual([[expect.anything()], { cost: { requested: null, quotas: COST.cost.quotas } }]);
});

it('over WebSocket, extensions ask for it', async () => {
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const asking = { query: QUERY, extensions: { cost: true } };
  expect(await socket.execute(asking)).toMatchObject({ extensions: COST });
  expect(await socket.execute({ query: QUERY })).not.toHaveProperty('extensions');
  await socket.close();
});

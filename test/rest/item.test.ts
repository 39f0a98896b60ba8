import { walk } from '../support/connections';
import { RestClient } from '../support/rest-client';
import { allPages } from '../support/rest-pages';
import { TestApp } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

it.each<[string, { filter?: Record<string, unknown>; search?: string }]>([
  ['', {}],
  ['?name=blood', { search: 'blood' }],
  ['?name=ws-', { search: 'ws-' }],
  ['?sku=WS-PLINTH-W4', { filter: { skus: ['WS-PLINTH-W4'] } }],
])('/item%s has the items that GraphQL lists, in its order', async (query, list) => {
  const ids = await walk(app, { caller: 'northside', parent: 'Query', field: 'items', ...list }, 100);
  expect(ids).not.toEqual([]);
  expect((await allPages(rest, `/item${query}`, 2)).map(({ id }) => String(id))).toEqual(ids);
});

it('an item has its name, model and SKU', async () => {
  const { body } = await rest.get<{ content: object[] }>('/item?sku=BP-CADENCE-BP3', { caller: 'readOnly' });
  expect(body.content).toEqual([
    {
      id: 1,
      name: 'Blood Pressure Cuff',
      manufacturer: 'Veldmoor Instruments',
      model: 'Cadence BP3',
      sku: 'BP-CADENCE-BP3',
    },
  ]);
});

it('a key that only sends readings is not allowed to list items', async () => {
  expect((await rest.get('/item', { caller: 'ingest' })).status).toBe(403);
});

import { RestClient } from '../support/rest-client';
import type { TestApp } from '../support/test-app';
import { createOwnRows, LAKEVIEW_ID, NORTHSIDE_ID, startTwoCustomers, type OwnRows } from './two-customers.harness';

const ROUNDS = 40;

let app: TestApp;
let rest: RestClient;
let own: Record<'northside' | 'lakeview', OwnRows>;
beforeAll(async () => {
  // One connection for all customers, so that each request uses it after another customer's.
  app = await startTwoCustomers({ env: { DATABASE_POOL_SIZE: '1' } });
  rest = new RestClient(app);
  own = {
    northside: await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950'),
    lakeview: await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799'),
  };
});
afterAll(() => app.stop());

interface Page {
  content: { id: number; deviceIdentifiers: { value: string }[] }[];
  total: number;
}

it('interleaved requests of two customers on one connection see only their own rows', async () => {
  const totals = {
    northside: (await rest.get<Page>('/device', { caller: 'northside' })).body.total,
    lakeview: (await rest.get<Page>('/device', { caller: 'lakeview' })).body.total,
  };
  const requests = Array.from({ length: ROUNDS }, async (_one, round) => {
    const [caller, other] =
      round % 3 === 0 ? (['lakeview', 'northside'] as const) : (['northside', 'lakeview'] as const);
    const [list, device, foreign, write] = await Promise.all([
      rest.get<Page>('/device?size=250', { caller }),
      rest.get<object>(`/device/${own[caller].ids.Device}`, { caller }),
      rest.get<object>(`/device/${own[other].ids.Device}`, { caller }),
      rest.patch<object>('/device/disable-readings', { deviceIdentifier: own[other].texts.identifier }, { caller }),
    ]);
    expect([list.status, device.status, foreign.status, write.status]).toEqual([200, 200, 404, 404]);
    expect(list.body.total).toBe(totals[caller]);
    expect(JSON.stringify([list.body, device.body])).not.toContain(own[other].texts.identifier);
    expect(JSON.stringify(list.body)).toContain(own[caller].texts.identifier);
  });
  await Promise.all(requests);
});

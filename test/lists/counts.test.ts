import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface OrderCount {
  status: string;
  count: number;
}
interface DeviceCount extends OrderCount {
  item: { databaseId: string };
}

async function orderCounts(caller: CallerName, filter: object | null = null): Promise<OrderCount[]> {
  const query = 'query ($filter: OrderFilter) { orderCounts(filter: $filter) { status count } }';
  return (await app.data<{ orderCounts: OrderCount[] }>(caller, query, { filter })).orderCounts;
}

const countsWhere = async (where: string): Promise<OrderCount[]> =>
  (
    await app.admin.query<OrderCount>(
      `select current_status as status, count(*)::int as count from device_order where ${where} group by 1 order by 1`,
    )
  ).rows;

describe('orders by status', () => {
  it.each<[CallerName, string]>([
    ['northside', 'customer_id = 1'],
    ['readOnly', 'customer_id = 1'],
    ['lakeview', 'customer_id = 2'],
    ['operator', 'true'],
  ])('for %s', async (caller, own) => {
    const counts = await orderCounts(caller);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual(await countsWhere(own));
  });

  it.each<[object, string]>([
    [{ kinds: ['REPLACEMENT'] }, `kind = 'REPLACEMENT'`],
    [{ statuses: ['DELIVERED', 'CREATED'] }, `current_status in ('DELIVERED', 'CREATED')`],
    [{ createdAt: { from: '2026-11-01T00:00:00Z' } }, `created_at >= '2026-11-01T00:00:00Z'`],
    [{ statuses: [] }, 'false'],
    [{ customerIds: ['2'] }, 'false'],
  ])('match the filter %j', async (filter, where) => {
    expect(await orderCounts('northside', filter)).toEqual(await countsWhere(`customer_id = 1 and ${where}`));
  });

  it('are read by one statement', async () => {
    const sent = await app.statementsOf(() => orderCounts('northside'));
    expect(sent.map(({ text }) => text.split(' ')[1])).toEqual(['order_counts']);
  });

  it('are null for a malformed id, without affecting the other root fields', async () => {
    const { data, errors } = await app.query(
      'northside',
      '{ orderCounts(filter: { siteIds: ["x"] }) { count } orders(first: 0) { totalCount } }',
    );
    expect(data).toMatchObject({ orderCounts: null, orders: { totalCount: expect.any(Number) as number } });
    expect(errors).toMatchObject([{ path: ['orderCounts'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('devices at sites by item and status', () => {
  interface Sites {
    sites: { nodes: { databaseId: string; deviceCounts: DeviceCount[] | null }[] };
  }
  const query = `query ($filter: SiteDeviceFilter) { sites { nodes { databaseId deviceCounts(filter: $filter) { item { databaseId } status count } } } }`;

  async function expectCounts(caller: CallerName, own: string, filter: object | null, where: string): Promise<number> {
    let result: Sites;
    const sent = await app.statementsOf(async () => {
      result = await app.data<Sites>(caller, query, { filter });
    });
    expect(sent.filter(({ text }) => text.includes('device_counts_by_site'))).toHaveLength(1);
    let total = 0;
    for (const { databaseId, deviceCounts } of result!.sites.nodes) {
      const { rows } = await app.admin.query<{ item: string; status: string; count: number }>(
        `select item_id as item, current_status as status, count(*)::int as count from device
         where ${own} and site_id = $1 and ${where} group by 1, 2 order by item_id, 2`,
        [databaseId],
      );
      expect(deviceCounts!.map(({ item, status, count }) => ({ item: item.databaseId, status, count }))).toEqual(rows);
      total += rows.reduce((sum, { count }) => sum + count, 0);
    }
    return total;
  }

  it.each<[object | null, string]>([
    [null, 'true'],
    [{}, 'true'],
    [{ statuses: ['AVAILABLE', 'AVAILABLE_AT_SITE'] }, `current_status in ('AVAILABLE', 'AVAILABLE_AT_SITE')`],
    [{ associated: true, itemIds: [1, 2] }, 'patient_id is not null and item_id in (1, 2)'],
  ])('match the filter %j', async (filter, where) => {
    expect(await expectCounts('northside', 'customer_id = 1', filter, where)).toBeGreaterThan(0);
    expect(await expectCounts('operator', 'true', filter, where)).toBeGreaterThan(0);
  });

  it('can be filtered by customer, for operators', async () => {
    const ofLakeview = await expectCounts('operator', 'true', { customerIds: ['2'] }, 'customer_id = 2');
    expect(ofLakeview).toBeGreaterThan(0);
    expect(await expectCounts('northside', 'customer_id = 1', { customerIds: ['2'] }, 'customer_id = 2')).toBe(0);
  });

  it('are null for a malformed id, without affecting the site', async () => {
    const { data, errors } = await app.query(
      'northside',
      '{ site(id: 3) { databaseId deviceCounts(filter: { itemIds: ["x"] }) { count } } }',
    );
    expect(data).toEqual({ site: { databaseId: '3', deviceCounts: null } });
    expect(errors).toMatchObject([{ path: ['site', 'deviceCounts'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

import { walk } from '../support/connections';
import { ORDER, withNodes, type OrderResult } from '../support/order-fixture';
import { RestClient } from '../support/rest-client';
import { orderInRestForm } from '../support/rest-order';
import { allPages } from '../support/rest-pages';
import { namesOf } from '../support/statement-names';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
/** Ids of the demo data, and the time in the middle of its orders. */
let patient: string;
let site: string;
let device: string;
let middle: string;

beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  await app.admin.query(`update device_order set external_order_id = 'PO-' || id where customer_id = 1 and id % 3 = 0`);
  const { rows } = await app.admin.query<{ patient: string; site: string; device: string; middle: Date }>(
    `select (select patient_id from device_order where customer_id = 1 and patient_id is not null order by id limit 1) as patient,
       (select site_id from device_order where customer_id = 1 and site_id is not null order by id limit 1) as site,
       (select device_id from order_device where customer_id = 1 order by order_id, device_id limit 1) as device,
       (select percentile_disc(0.5) within group (order by created_at) from device_order where customer_id = 1) as middle`,
  );
  ({ patient, site, device } = rows[0]!);
  middle = rows[0]!.middle.toISOString();
});
afterAll(() => app.stop());

interface Order {
  id: number;
  devices: { id: number }[];
  patient: { id: number } | null;
  site: { id: number } | null;
  orderItems: { item: object }[];
}

async function graphqlOrder(id: string | number): Promise<OrderResult> {
  const query = `query ($id: ID!) { order(id: $id) { ${ORDER} } }`;
  const { order } = await app.data<{ order: OrderResult }>('northside', query, { id: String(id) });
  withNodes(order);
  return order;
}

const orderIds = (filter: Record<string, unknown> = {}, caller: CallerName = 'northside') =>
  walk(app, { caller, parent: 'Query', field: 'orders', filter }, 100);

describe('GET /order/{id}', () => {
  it('orders have the same values as in GraphQL', async () => {
    const kinds = [
      { kinds: ['REPLACEMENT'] },
      { siteIds: [site] },
      { statuses: ['CREATED', 'CANCELLED', 'PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP'] },
    ];
    for (const filter of kinds) {
      const ids = await orderIds(filter);
      expect(ids.length).toBeGreaterThan(1);
      for (const id of ids.slice(0, 8)) {
        const { status, body } = await rest.get<object>(`/order/${id}`);
        expect(status).toBe(200);
        expect(body).toEqual(orderInRestForm(await graphqlOrder(id)));
      }
    }
  });

  it('its patient, site, items and devices are the objects of their own routes', async () => {
    const delivered = async (filter: object) => (await orderIds({ statuses: ['DELIVERED'], ...filter })).at(-1)!;
    const ids = [await delivered({ patientIds: [patient] }), await delivered({ siteIds: [site] })];
    const orders = await Promise.all(ids.map(async (id) => (await rest.get<Order>(`/order/${id}`)).body));
    expect(orders.map(({ devices }) => devices.length > 0)).toEqual([true, true]);
    const items = await allPages<{ id: number }>(rest, '/item');
    for (const order of orders) {
      if (order.patient) expect((await rest.get(`/patient/${order.patient.id}`)).body).toEqual(order.patient);
      if (order.site) expect((await rest.get(`/site/${order.site.id}`)).body).toEqual(order.site);
      for (const one of order.devices) expect((await rest.get(`/device/${one.id}`)).body).toEqual(one);
      for (const { item } of order.orderItems) expect(items).toContainEqual(item);
    }
    expect(orders.map((order) => [order.patient === null, order.site === null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it("another customer's order is as one that does not exist", async () => {
    const [theirs] = await orderIds({}, 'lakeview');
    const [other, none] = [await rest.get<object>(`/order/${theirs}`), await rest.get<object>('/order/999999')];
    expect(other.status).toBe(404);
    expect(other.body).toEqual(none.body);
    expect(none.body).toMatchObject({
      code: 'ORDER_NOT_FOUND',
      field: 'id',
      detail: 'There is no order with this id.',
    });
    expect((await rest.get<object>(`/order/${theirs}`, { caller: 'operator' })).body).toMatchObject({ customerId: 2 });
  });

  it('a key that only sends readings is not allowed to read orders', async () => {
    expect((await rest.get('/order/1', { caller: 'ingest' })).status).toBe(403);
    expect((await rest.get('/order', { caller: 'ingest' })).status).toBe(403);
  });
});

describe('GET /order', () => {
  it.each<[string, () => [query: string, filter: Record<string, unknown>]]>([
    ['all', () => ['', {}]],
    ['one status', () => ['status=delivered', { statuses: ['DELIVERED'] }]],
    [
      'several statuses',
      () => ['status=created&status=availableForPickup', { statuses: ['CREATED', 'AVAILABLE_FOR_PICKUP'] }],
    ],
    ['a kind', () => ['kind=replacement', { kinds: ['REPLACEMENT'] }]],
    ['a patient', () => [`patientId=${patient}`, { patientIds: [patient] }]],
    ['a site', () => [`siteId=${site}`, { siteIds: [site] }]],
    ['a device', () => [`deviceId=${device}`, { deviceIds: [device] }]],
    ['an external id', () => ['externalOrderId=PO-12', { externalOrderIds: ['PO-12'] }]],
    ['created from', () => [`createdFrom=${middle}`, { createdAt: { from: middle } }]],
    ['created to', () => [`createdTo=${middle}`, { createdAt: { to: middle } }]],
    ['updated from', () => [`updatedFrom=${middle}`, { updatedAt: { from: middle } }]],
    ['updated to', () => [`updatedTo=${middle}`, { updatedAt: { to: middle } }]],
    [
      'several conditions',
      () => [
        `status=delivered&siteId=${site}&createdTo=${middle}`,
        { statuses: ['DELIVERED'], siteIds: [site], createdAt: { to: middle } },
      ],
    ],
  ])('%s: the orders that GraphQL lists, in its order', async (_what, of) => {
    const [query, filter] = of();
    const ids = await orderIds(filter);
    expect(ids).not.toEqual([]);
    const content = await allPages(rest, `/order?${query}`, 100);
    expect(content.map(({ id }) => String(id))).toEqual(ids);
  });

  it('conditions that no order meets give an empty page', async () => {
    const { body } = await rest.get<object>('/order?patientId=999999');
    expect(body).toEqual({ content: [], page: 1, size: 15, total: 0, first: true, last: true });
  });

  it('the objects of a page are those of GET /order/{id}', async () => {
    const { body } = await rest.get<{ content: Order[] }>('/order?page=2&size=12');
    expect(body.content).toHaveLength(12);
    for (const order of body.content) expect((await rest.get(`/order/${order.id}`)).body).toEqual(order);
  });

  it('a page of 250 orders takes as many statements as one of 60', async () => {
    const read = async (size: number) =>
      namesOf(await app.statementsOf(() => rest.get(`/order?size=${size}&kind=replacement&kind=standard`)));
    const few = await read(60);
    expect(await read(250)).toEqual(few);
    expect(few).toEqual([
      'devices_by_order_outbound',
      'devices_by_order_return',
      'identifiers_by_device',
      'item_by_id',
      'lines_by_order',
      'order_events_by_order',
      'orders',
      'orders_count',
      'patient_by_id',
      'site_by_id',
    ]);
  });

  it.each([
    ['size=251', 'size'],
    ['status=DELIVERED', 'status'],
    ['patientId=one', 'patientId'],
    ['siteId=99999999999999999999', 'siteId'],
    ['createdFrom=yesterday', 'createdFrom'],
    ['updatedTo=2026-01-01', 'updatedTo'],
    ['statuses=created', 'statuses'],
  ])('the parameter %s is refused', async (query, field) => {
    const { status, body } = await rest.get<{ detail: string }>(`/order?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(body.detail).toContain(field);
  });
});

import { walk } from '../support/connections';
import { globalId } from '../support/global-id';
import type { Caller } from '../support/device-fixture';
import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
/** Orders by name, in the order of creation. */
const made: Record<string, string> = {};
const devices = { sent: '', defective: '', spare: '', theirs: '' };

beforeAll(async () => {
  orders = await OrderFixture.start();
  const { patients, sites } = orders.fixture;
  made.toAnn = (await orders.created({ externalOrderId: 'PO-1' })).databaseId;
  made.toBob = (await orders.created({ patientId: patients.bob, externalOrderId: 'PO-2' })).databaseId;
  made.toClinic = (await orders.created({ siteId: sites.clinic, externalOrderId: 'PO-3' })).databaseId;
  await orders.stock();
  const shipped = await orders.at('SHIPPED', { patientId: patients.bob });
  made.shipped = shipped.databaseId;
  devices.sent = shipped.devices[0]!.databaseId;
  await orders.stock();
  made.delivered = (await orders.at('DELIVERED')).databaseId;
  made.cancelled = (await orders.at('CANCELLED', { siteId: sites.office })).databaseId;
  devices.spare = (await orders.stock())[0]!.id;
  devices.defective = (await orders.fixture.freeDevice()).id;
  made.replacement = (await orders.done('replaceDevice', { deviceId: devices.defective })).databaseId;
  made.theirs = (
    await orders.created({ patientId: patients.lakeview, externalOrderId: 'PO-1' }, 'lakeview')
  ).databaseId;
  devices.theirs = (await orders.stock(1, { customerId: '2' }))[0]!.id;
  await orders.done('processOrder', { orderId: made.theirs });
  for (const [index, id] of Object.values(made).entries()) {
    const at = `2026-03-0${index + 1}T12:00:00Z`;
    await orders.fixture.sql('update device_order set created_at = $2 where id = $1', [id, at]);
  }
});
afterAll(() => orders.stop());

const NORTHSIDES = ['replacement', 'cancelled', 'delivered', 'shipped', 'toClinic', 'toBob', 'toAnn'];

interface List {
  nodes: { databaseId: string }[];
  totalCount: number;
}

const namesOf = ({ nodes, totalCount }: List): string[] => {
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ databaseId }) => Object.keys(made).find((name) => made[name] === databaseId) ?? databaseId);
};

/** Names of the orders that match a filter, newest first. */
async function filtered(filter: object | null, caller: Caller = 'northside'): Promise<string[]> {
  const document = `query ($filter: OrderFilter) { orders(filter: $filter) { nodes { databaseId } totalCount } }`;
  return namesOf((await orders.fixture.app.data<{ orders: List }>(caller, document, { filter })).orders);
}

describe('orders', () => {
  it('are those of the customer, newest first, and those of all customers for operators', async () => {
    expect(await filtered(null)).toEqual(NORTHSIDES);
    expect(await filtered({})).toEqual(NORTHSIDES);
    expect(await filtered(null, 'readOnly')).toEqual(NORTHSIDES);
    expect(await filtered(null, 'lakeview')).toEqual(['theirs']);
    expect(await filtered(null, 'operator')).toEqual(['theirs', ...NORTHSIDES]);
  });

  it.each<[string, () => object, string[]]>([
    ['one status', () => ({ statuses: ['CREATED'] }), ['toClinic', 'toBob', 'toAnn']],
    [
      'several statuses',
      () => ({ statuses: ['SHIPPED', 'DELIVERED', 'CANCELLED'] }),
      ['cancelled', 'delivered', 'shipped'],
    ],
    ['no status', () => ({ statuses: [] }), []],
    ['a status that no order has', () => ({ statuses: ['AVAILABLE_FOR_PICKUP'] }), []],
    [
      'null',
      () => ({ statuses: null, kinds: null, patientIds: null, externalOrderIds: null, createdAt: null }),
      NORTHSIDES,
    ],
    ['a patient', () => ({ patientIds: [orders.fixture.patients.bob] }), ['shipped', 'toBob']],
    [
      'a patient by global id, and another',
      () => ({ patientIds: [globalId('Patient', orders.fixture.patients.bob), orders.fixture.patients.ann] }),
      ['delivered', 'shipped', 'toBob', 'toAnn'],
    ],
    ['no patient', () => ({ patientIds: [] }), []],
    ['the id of another type', () => ({ patientIds: [globalId('Site', orders.fixture.patients.bob)] }), []],
    ["another customer's patient", () => ({ patientIds: [orders.fixture.patients.lakeview] }), []],
    ['a site', () => ({ siteIds: [orders.fixture.sites.clinic] }), ['replacement', 'toClinic']],
    [
      'several sites',
      () => ({ siteIds: [orders.fixture.sites.clinic, orders.fixture.sites.office] }),
      ['replacement', 'cancelled', 'toClinic'],
    ],
    ['a warehouse', () => ({ siteIds: [orders.fixture.sites.warehouse] }), []],
    ['a device that was sent', () => ({ deviceIds: [devices.sent] }), ['shipped']],
    ['a device that is sent back', () => ({ deviceIds: [globalId('Device', devices.defective)] }), ['replacement']],
    [
      'several devices, two of one order',
      () => ({ deviceIds: [devices.spare, devices.defective, devices.sent] }),
      ['replacement', 'shipped'],
    ],
    ['no device', () => ({ deviceIds: [] }), []],
    ["another customer's device", () => ({ deviceIds: [devices.theirs] }), []],
    ['a kind', () => ({ kinds: ['REPLACEMENT'] }), ['replacement']],
    ['the other kind', () => ({ kinds: ['STANDARD'] }), NORTHSIDES.slice(1)],
    ["the customer's own name for it", () => ({ externalOrderIds: ['PO-1', 'PO-3'] }), ['toClinic', 'toAnn']],
    ['a part of an external id', () => ({ externalOrderIds: ['PO-'] }), []],
    ['a start, which is inclusive', () => ({ createdAt: { from: '2026-03-05T12:00:00Z' } }), NORTHSIDES.slice(0, 3)],
    [
      'a start one millisecond later',
      () => ({ createdAt: { from: '2026-03-05T12:00:00.001Z' } }),
      NORTHSIDES.slice(0, 2),
    ],
    ['an end, which is exclusive', () => ({ createdAt: { to: '2026-03-05T12:00:00Z' } }), NORTHSIDES.slice(3)],
    ['an end one millisecond later', () => ({ createdAt: { to: '2026-03-05T12:00:00.001Z' } }), NORTHSIDES.slice(2)],
    [
      'both, in another time zone',
      () => ({ createdAt: { from: '2026-03-02T07:00:00-05:00', to: '2026-03-04T13:00:00+01:00' } }),
      ['toClinic', 'toBob'],
    ],
    ['its own customer', () => ({ customerIds: ['1'] }), NORTHSIDES],
    ['another customer', () => ({ customerIds: ['2'] }), []],
    [
      'several conditions, all of which must hold',
      () => ({ externalOrderIds: ['PO-3'], statuses: ['CREATED'], siteIds: [orders.fixture.sites.clinic] }),
      ['toClinic'],
    ],
  ])('are filtered by %s', async (_name, filter, expected) => {
    expect(await filtered(filter())).toEqual(expected);
  });

  it.each<[string, () => object, string[]]>([
    ['customers', () => ({ customerIds: ['2'] }), ['theirs']],
    ['no customer', () => ({ customerIds: [] }), []],
    ["a customer's device", () => ({ deviceIds: [devices.theirs, devices.spare] }), ['theirs', 'replacement']],
    ['an external id, of all customers', () => ({ externalOrderIds: ['PO-1'] }), ['theirs', 'toAnn']],
    ["a customer's patient", () => ({ patientIds: [orders.fixture.patients.lakeview] }), ['theirs']],
  ])('are filtered for operators by %s', async (_name, filter, expected) => {
    expect(await filtered(filter(), 'operator')).toEqual(expected);
  });

  it('refuse an invalid filter', async () => {
    const { app } = orders.fixture;
    const document = `query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }`;
    for (const filter of [
      { patientIds: ['x y'] },
      { externalOrderIds: ['a\0b'] },
      { createdAt: { from: 'yesterday' } },
    ]) {
      const { errors } = await app.query('northside', document, { filter });
      expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it.each([1, 2, 3, 7, 20])('are paged in both directions, %d at a time', async (size) => {
    const { app } = orders.fixture;
    const expected = NORTHSIDES.map((name) => made[name]);
    const list = { caller: 'northside' as const, parent: 'Query', field: 'orders' };

    expect(await walk(app, list, size)).toEqual(expected);
    expect(await walk(app, list, size, true)).toEqual(expected);
    const ofAll = { ...list, caller: 'operator' as const };
    expect(await walk(app, ofAll, size)).toEqual([made.theirs, ...expected]);
  });

  it('are paged with a filter, and the total counts all pages', async () => {
    const { app } = orders.fixture;
    const document = `query ($after: String) { orders(first: 2, after: $after, filter: { statuses: [CREATED] }) {
      nodes { databaseId } totalCount pageInfo { endCursor hasNextPage } } }`;
    const page = async (after?: string) =>
      (await app.data<{ orders: { pageInfo: { endCursor: string } } }>('northside', document, { after })).orders;
    const first = await page();
    const second = await page(first.pageInfo.endCursor);

    expect([first, second]).toMatchObject([
      {
        nodes: [{ databaseId: made.toClinic }, { databaseId: made.toBob }],
        totalCount: 3,
        pageInfo: { hasNextPage: true },
      },
      { nodes: [{ databaseId: made.toAnn }], totalCount: 3, pageInfo: { hasNextPage: false } },
    ]);
  });
});

describe('the orders', () => {
  type Below = 'patient' | 'site' | 'device';
  async function below(parent: Below, id: string, caller: Caller = 'northside', filter: object = {}) {
    const document = `query ($id: ID!, $filter: ${parent[0]!.toUpperCase()}${parent.slice(1)}OrderFilter) { parent: ${parent}(id: $id) {
      orders(filter: $filter) { nodes { databaseId } totalCount } } }`;
    const data = await orders.fixture.app.data<{ parent: { orders: List } | null }>(caller, document, { id, filter });
    return data.parent && namesOf(data.parent.orders);
  }

  it.each<[Below, string, () => string, string[]]>([
    ['patient', 'who has some', () => orders.fixture.patients.bob, ['shipped', 'toBob']],
    ['patient', 'who has none', () => orders.fixture.patients.archived, []],
    ['site', 'that has some', () => orders.fixture.sites.clinic, ['replacement', 'toClinic']],
    ['site', 'that is a warehouse', () => orders.fixture.sites.warehouse, []],
    ['device', 'that was sent', () => devices.sent, ['shipped']],
    ['device', 'that replaces another', () => devices.spare, ['replacement']],
    ['device', 'that is replaced', () => devices.defective, ['replacement']],
  ])('of a %s %s', async (parent, _which, id, expected) => {
    expect(await below(parent, id())).toEqual(expected);
    expect(await below(parent, id(), 'operator')).toEqual(expected);
    expect(await below(parent, id(), 'northside', { statuses: ['SHIPPED'] })).toEqual(
      expected.filter((name) => name === 'shipped'),
    );
  });

  it("of another customer's patient, site or device are not visible", async () => {
    const { patients, sites } = orders.fixture;
    expect(await below('patient', patients.bob, 'lakeview')).toBeNull();
    expect(await below('site', sites.clinic, 'lakeview')).toBeNull();
    expect(await below('device', devices.sent, 'lakeview')).toBeNull();
    expect(await below('patient', patients.lakeview, 'lakeview')).toEqual(['theirs']);
    expect(await below('site', sites.warehouse, 'lakeview')).toEqual([]);
  });

  it('of a device include past ones, newest first, paged in both directions', async () => {
    const { warehouse } = orders.fixture.sites;
    const [device] = await orders.stock();
    const expected: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { databaseId } = await orders.at('SHIPPED', {}, [device!]);
      expected.unshift(databaseId);
      await orders.call('receiveReturn', { deviceId: device!.id, siteId: warehouse, outcome: 'RESTOCK' });
    }

    const list = { caller: 'northside' as const, field: 'orders' };
    const ofDevice = { ...list, parent: 'Device', parentId: device!.id };
    expect(await walk(orders.fixture.app, ofDevice, 2)).toEqual(expected);
    expect(await walk(orders.fixture.app, ofDevice, 2, true)).toEqual(expected);
    const ofAnn = { ...list, parent: 'Patient', parentId: orders.fixture.patients.ann };
    expect(await walk(orders.fixture.app, ofAnn, 3, true)).toEqual([...expected, made.delivered, made.toAnn]);
  });
});

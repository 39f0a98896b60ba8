import { globalId } from '../support/global-id';
import { NOWHERE, expectDevices } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf } from '../support/rival';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

const EVENT = `__typename id databaseId occurredAt note order { databaseId }
  ... on OrderStatusChange { previousStatus status } ... on OrderParcelAdded { parcel { trackingNumber } }`;

/** A delivered order with a parcel. */
async function delivered(): Promise<string> {
  await orders.stock();
  const { databaseId: orderId } = await orders.at('PROCESSED');
  await orders.done('shipOrder', { orderId, parcels: [{ trackingNumber: '1Z' }] });
  await orders.done('deliverOrder', { orderId });
  return orderId;
}

describe('events of an order', () => {
  interface Event {
    __typename: string;
    id: string;
    databaseId: string;
    occurredAt: string;
    status?: string;
  }

  async function eventsOf(orderId: string, args = ''): Promise<Event[]> {
    const document = `query ($id: ID!) { order(id: $id) { events${args} { nodes { ${EVENT} } } } }`;
    const { order } = await orders.fixture.app.data<{ order: { events: { nodes: Event[] } } }>('northside', document, {
      id: orderId,
    });
    return order.events.nodes;
  }

  it('are nodes of the interface OrderEvent, for their customer and for operators', async () => {
    const orderId = await delivered();
    const events = await eventsOf(orderId);
    expect(events.map(({ __typename }) => __typename)).toEqual([
      'OrderStatusChange',
      'OrderStatusChange',
      'OrderStatusChange',
      'OrderParcelAdded',
      'OrderStatusChange',
    ]);
    expect(events[3]).toMatchObject({ parcel: { trackingNumber: '1Z' }, order: { databaseId: orderId } });
    const { app } = orders.fixture;
    const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on OrderEvent { ${EVENT} } } }`;
    const ids = events.map(({ databaseId }) => globalId('OrderEvent', databaseId));
    expect(ids).toEqual(events.map(({ id }) => id));
    for (const caller of ['northside', 'readOnly', 'operator'] as const)
      expect(await app.data(caller, document, { ids })).toEqual({ nodes: events });
    expect(await app.data('lakeview', document, { ids })).toEqual({ nodes: ids.map(() => null) });
    const others = events.map(({ __typename, databaseId }) => globalId(__typename, databaseId));
    expect(await app.data('operator', document, { ids: others })).toEqual({ nodes: ids.map(() => null) });
  });

  it('are filtered by new status and by time, and sorted in both directions', async () => {
    const events = await eventsOf(await delivered());
    const orderId = (events[0] as unknown as { order: { databaseId: string } }).order.databaseId;

    const shipped = await eventsOf(orderId, '(filter: { statuses: [SHIPPED, CANCELLED] })');
    expect(shipped).toEqual(events.slice(2, 3));
    expect(await eventsOf(orderId, '(filter: { statuses: [] })')).toEqual([]);
    const { occurredAt } = events.at(-1)!;
    expect(await eventsOf(orderId, `(filter: { occurredAt: { from: "${occurredAt}" } })`)).toEqual(
      events.filter((event) => event.occurredAt >= occurredAt),
    );
    expect(await eventsOf(orderId, '(sort: { field: OCCURRED_AT, direction: DESC })')).toEqual([...events].reverse());
  });
});

describe('devices of an order', () => {
  it('are filtered and sorted like devices', async () => {
    const { cuff, scale } = orders.items;
    const [first, second] = await orders.stock(2);
    const [other] = await orders.stock(1, { itemId: scale });
    const lines = [
      { itemId: cuff, quantity: 2 },
      { itemId: scale, quantity: 1 },
    ];
    const { databaseId: id } = await orders.at('PROCESSED', { lines });
    await orders.fixture.call('updateDeviceStatus', { deviceId: second!.id, status: 'LOST' });
    const devicesOf = async (args: string) => {
      const document = `query ($id: ID!) { order(id: $id) { devices${args} { totalCount nodes { databaseId } } } }`;
      interface Data {
        order: { devices: { totalCount: number; nodes: { databaseId: string }[] } };
      }
      const { order } = await orders.fixture.app.data<Data>('northside', document, { id });
      expect(order.devices.totalCount).toBe(order.devices.nodes.length);
      return order.devices.nodes.map(({ databaseId }) => databaseId);
    };

    expect(await devicesOf('')).toEqual([first!.id, second!.id, other!.id]);
    expect(await devicesOf('(sort: { field: CREATED_AT, direction: DESC })')).toEqual([
      other!.id,
      second!.id,
      first!.id,
    ]);
    expect(await devicesOf(`(filter: { itemIds: [${scale}] })`)).toEqual([other!.id]);
    expect(await devicesOf('(filter: { statuses: [LOST] })')).toEqual([second!.id]);
  });
});

describe('changes of a device', () => {
  async function changesOf(deviceId: string): Promise<[reason: string, orderId: string | null][]> {
    const document = `query ($id: ID!) { device(id: $id) {
      statusHistory(sort: { field: OCCURRED_AT, direction: ASC }) { nodes { reason order { databaseId } } } } }`;
    interface Data {
      device: { statusHistory: { nodes: { reason: string; order: { databaseId: string } | null }[] } };
    }
    const { device } = await orders.fixture.app.data<Data>('northside', document, { id: deviceId });
    const statusEvents = (await orders.fixture.events(deviceId)).filter(({ type }) => type === 'device.statusChanged');
    const changes = device.statusHistory.nodes.map(({ reason, order }) => [reason, order?.databaseId ?? null] as const);
    expect(statusEvents.map(({ payload }) => payload.orderId)).toEqual(
      changes.slice(-statusEvents.length).map(([, id]) => id),
    );
    return changes.map(([reason, id]) => [reason, id]);
  }

  it('name the order that made them, or null when no order did', async () => {
    const { clinic, warehouse } = orders.fixture.sites;
    const [device] = await orders.stock();
    const deviceId = device!.id;
    const cancelled = await orders.at('PROCESSED');
    await orders.done('cancelOrder', { orderId: cancelled.databaseId });
    const { databaseId: orderId } = await orders.at('DELIVERED');
    await orders.fixture.call('disassociateDevice', { deviceId, siteId: clinic });
    const [spare] = await orders.stock();
    const { databaseId: replacement } = await orders.done('replaceDevice', { deviceId });
    const received = await orders.call('receiveReturn', { deviceId, siteId: warehouse, outcome: 'RESTOCK' });
    expect(codeOf(received)).toBe('OK');

    expect(await changesOf(deviceId)).toEqual([
      ['REGISTERED', null],
      ['ORDER_PROCESSED', cancelled.databaseId],
      ['ORDER_CANCELLED', cancelled.databaseId],
      ['ORDER_PROCESSED', orderId],
      ['ORDER_DELIVERED', orderId],
      ['DISASSOCIATED', null],
      ['REPLACED', replacement],
      ['RETURN_RECEIVED', replacement],
    ]);
    expect(await changesOf(spare!.id)).toEqual([
      ['REGISTERED', null],
      ['ORDER_PROCESSED', replacement],
    ]);
  });

  it('name the order of a received device, or null for a device in no order', async () => {
    const { warehouse } = orders.fixture.sites;
    const [device] = await orders.stock();
    const { databaseId: orderId } = await orders.at('SHIPPED');
    const input = { deviceId: device!.id, siteId: warehouse, outcome: 'DECOMMISSION' };
    await orders.call('receiveReturn', input);
    await orders.call('receiveReturn', { ...input, outcome: 'RESTOCK' });
    expect((await changesOf(device!.id)).slice(1)).toEqual([
      ['ORDER_PROCESSED', orderId],
      ['RETURN_RECEIVED', orderId],
      ['RETURN_RECEIVED', null],
    ]);
  });
});

describe('receiveReturn', () => {
  it('refuses another version and returns the current device; ignores the version when nothing changes', async () => {
    const { warehouse } = orders.fixture.sites;
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    const input = { deviceId: id, siteId: warehouse, outcome: 'RESTOCK' };
    const message = 'The device is at version 1, not 7. Read it again before you change it.';
    const refusal = { code: 'STALE_VERSION', message, path: ['input', 'expectedVersion'] };
    const device = {
      databaseId: id,
      currentStatus: 'RETURNING' as const,
      version: 1,
      patient: null,
      site: null,
    };
    await orders.expectRefusal('receiveReturn', { ...input, expectedVersion: 7 }, refusal, undefined, { device });

    expect(codeOf(await orders.call('receiveReturn', { ...input, expectedVersion: 1 }))).toBe('OK');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 2 } });
    await orders.expectNoChange('receiveReturn', { ...input, expectedVersion: 1 });
  });
});

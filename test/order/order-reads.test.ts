import { globalId } from '../support/global-id';
import { namesOf } from '../support/statement-names';
import {
  ORDER,
  OrderFixture,
  type DeviceResult,
  type OrderResult,
  withNodes,
  type OrderOperation,
} from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  // With one connection the statements run one after the other, so batching by the loaders does not depend on which of
  // two statements finishes first.
  orders = await OrderFixture.start({ env: { DATABASE_POOL_SIZE: '1' } });
});
afterAll(() => orders.stop());

describe('order', () => {
  it('is read by its global id and by its databaseId, and as a node', async () => {
    await orders.stock();
    const { id, databaseId } = await orders.at('PROCESSED');
    const expected = (await orders.order(databaseId))!;
    const { app } = orders.fixture;

    expect(await orders.order(id)).toEqual(expected);
    const document = `query ($id: ID!) { node(id: $id) { __typename ... on Order { ${ORDER} } } nodes(ids: [$id]) { id } }`;
    const { node, nodes } = await app.data<{ node: OrderResult; nodes: object[] }>('operator', document, { id });
    withNodes(node);
    expect({ node, nodes }).toEqual({ node: { __typename: 'Order', ...expected }, nodes: [{ id }] });
  });

  it('is null for an unknown id, for an id of another type and for another customer', async () => {
    const { id, databaseId } = await orders.created();
    const { app } = orders.fixture;

    for (const unknown of ['999999', globalId('Device', databaseId), globalId('Order', 999999)]) {
      expect(await orders.order(unknown, 'northside')).toBeNull();
    }
    for (const theirs of [id, databaseId]) expect(await orders.order(theirs, 'lakeview')).toBeNull();
    expect(await app.data('lakeview', 'query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
    const { errors } = await app.query('northside', '{ order(id: "an order") { id } }');
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });

  it('returns its devices in their current state, even after they left it', async () => {
    const { clinic } = orders.fixture.sites;
    await orders.stock();
    const { databaseId, devices } = await orders.at('DELIVERED');
    const deviceId = devices[0]!.databaseId;
    await orders.fixture.call('disassociateDevice', { deviceId, siteId: clinic });

    expect((await orders.order(databaseId))!.devices).toEqual([
      {
        databaseId: deviceId,
        currentStatus: 'AVAILABLE_AT_SITE',
        version: 4,
        patient: null,
        site: { databaseId: clinic },
      },
    ]);
  });

  it('shows customers Impilo staff as one actor, and their own users by name', async () => {
    await orders.stock();
    const member = await orders.fixture.key('MEMBER', '1');
    const { databaseId: orderId } = await orders.created({}, member);
    const operator = await orders.fixture.key('OPERATOR', null);
    await orders.done('processOrder', { orderId }, operator);
    await orders.done('cancelOrder', { orderId }, 'operator');
    const actorsFor = async (caller: 'northside' | 'readOnly' | 'operator') =>
      (await orders.order(orderId, caller))!.events.map(({ status, actor }) => [
        status,
        actor.__typename,
        actor.displayName,
      ]);

    const asSeenByCustomers = [
      ['CREATED', 'ApiKeyActor', 'A key for MEMBER'],
      ['PROCESSED', 'StaffActor', 'Impilo'],
      ['CANCELLED', 'StaffActor', 'Impilo'],
    ];
    expect(await actorsFor('northside')).toEqual(asSeenByCustomers);
    expect(await actorsFor('readOnly')).toEqual(asSeenByCustomers);
    expect(await actorsFor('operator')).toEqual([
      ['CREATED', 'ApiKeyActor', 'A key for MEMBER'],
      ['PROCESSED', 'StaffActor', 'A key for OPERATOR'],
      ['CANCELLED', 'StaffActor', 'Operator demo key'],
    ]);
  });
});

const EVERYTHING = `id databaseId customer { name } kind currentStatus
  patient { databaseId firstName } site { databaseId name } lines { item { databaseId name } quantity }
  devices(first: 5) { nodes { databaseId item { name } identifiers { value } patient { databaseId } site { databaseId } } totalCount }
  returnDevices(first: 5) { nodes { databaseId identifiers { value } site { databaseId } } totalCount }
  events { nodes { occurredAt note actor { __typename displayName } order { databaseId } ... on OrderStatusChange { status } } totalCount }
  shipTo { city } parcels { trackingNumber }`;

interface ListedOrder {
  devices: { totalCount: number };
  returnDevices: { totalCount: number };
}

/** Runs an operation as an operator and selects only ids, because more than a hundred operations are needed. */
async function done(operation: OrderOperation, input: object): Promise<{ orderId: string; deviceIds: string[] }> {
  const response = 'order { databaseId devices { nodes { databaseId } } }';
  const { data } = await orders.send(operation, input, 'operator', 0, response);
  const { order, userErrors } = data[operation]!;
  expect(userErrors).toEqual([]);
  return {
    orderId: order!.databaseId,
    deviceIds: (order!.devices as unknown as { nodes: DeviceResult[] }).nodes.map(({ databaseId }) => databaseId),
  };
}

/** Per round: an order of two items and a replacement for a patient, and an order for a site. */
async function makeOrders(rounds: number): Promise<void> {
  const { cuff, scale } = orders.items;
  for (let round = 0; round < rounds; round += 1) {
    await orders.stock(4);
    await orders.stock(1, { itemId: scale });
    const patientId = await orders.fixture.patient();
    const siteId = await orders.fixture.site('1');
    const lines = [cuff, scale].map((itemId) => ({ itemId, quantity: 1 }));
    const { orderId } = await done('createOrder', { patientId, lines });
    const { deviceIds } = await done('processOrder', { orderId });
    for (const step of ['shipOrder', 'deliverOrder'] as const) await done(step, { orderId });
    const toSite = await done('createOrder', { siteId, customerId: '1', lines: [{ itemId: cuff, quantity: 1 }] });
    await done('processOrder', { orderId: toSite.orderId });
    await done('shipOrder', { orderId: toSite.orderId });
    await done('replaceDevice', { deviceId: deviceIds[0] });
  }
}

describe('fifty orders with all nested fields', () => {
  beforeAll(() => makeOrders(17));

  it.each(['northside', 'operator'] as const)('need as many statements as five, for %s', async (caller) => {
    const { app } = orders.fixture;
    const document = `query ($first: Int) { orders(first: $first) { nodes { ${EVERYTHING} } totalCount } }`;
    const read = async (first: number) => {
      let nodes: ListedOrder[] = [];
      const statements = await app.statementsOf(async () => {
        const { orders: list } = await app.data<{ orders: { nodes: ListedOrder[] } }>(caller, document, { first });
        nodes = list.nodes;
      });
      return { nodes, statements: namesOf(statements) };
    };

    const five = await read(5);
    const fifty = await read(50);

    expect(fifty.nodes).toHaveLength(50);
    expect(fifty.nodes.slice(0, 5)).toEqual(five.nodes);
    expect(fifty.nodes.filter(({ returnDevices }) => returnDevices.totalCount === 1)).toHaveLength(17);
    // The newest of the 51 is a replacement. The oldest, an order of two devices, is not on the page.
    expect(fifty.nodes.filter(({ devices }) => devices.totalCount === 2)).toHaveLength(16);
    expect(fifty.statements).toEqual(five.statements);
    expect(fifty.statements).toEqual(
      [
        'customer_by_id',
        'devices_by_order_outbound',
        'devices_by_order_outbound_count',
        'devices_by_order_return',
        'devices_by_order_return_count',
        // For the devices that are sent, and for those that come back.
        'identifiers_by_device',
        'identifiers_by_device',
        'item_by_id',
        'lines_by_order',
        'order_events_by_order',
        'order_events_by_order_count',
        'orders',
        'orders_count',
        'device_order_by_id',
        'patient_by_id',
        'site_by_id',
      ].sort(),
    );
  });

  it.each([
    ['patients', 'orders_by_patient'],
    ['sites', 'orders_by_site'],
    ['devices', 'orders_by_device'],
  ])('are read for fifty %s with one statement for the pages and one for the totals', async (field, name) => {
    const { app } = orders.fixture;
    const filter = field === 'sites' ? ', filter: { operatedBy: CUSTOMER }' : '';
    const document = `query ($first: Int) { list: ${field}(first: $first${filter}) { nodes { databaseId orders(first: 3) {
      nodes { databaseId lines { quantity } events { nodes { note } } } totalCount pageInfo { hasNextPage } } } } }`;
    const read = (first: number) => app.statementsOf(() => app.data('northside', document, { first }));

    const five = namesOf(await read(5));
    const fifty = namesOf(await read(50));

    expect(fifty).toEqual(five);
    expect(fifty).toEqual([name, `${name}_count`, 'lines_by_order', 'order_events_by_order', field].sort());
  });
});

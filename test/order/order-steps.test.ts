import { FOLLOWING, expectConsistentOrder } from '../support/order-history';
import { OrderFixture, type OrderOperation, type OrderStatusName } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

let orders: OrderFixture;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
  // One device for each order that is processed here.
  await orders.stock(80);
});
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const lockOf = (orderId: string) => `select from device_order where id = ${orderId} for update`;

const STATUSES = Object.keys(FOLLOWING) as OrderStatusName[];
/** The operations that move an order, with the new status. */
const STEPS = {
  shipOrder: 'SHIPPED',
  markOrderReadyForPickup: 'AVAILABLE_FOR_PICKUP',
  deliverOrder: 'DELIVERED',
} as const;
const OPERATIONS = Object.keys(STEPS) as (keyof typeof STEPS)[];
const IMPILO = { __typename: 'StaffActor', displayName: 'Operator demo key' };
const CAMEL_CASE = {
  PROCESSED: 'processed',
  SHIPPED: 'shipped',
  AVAILABLE_FOR_PICKUP: 'availableForPickup',
  DELIVERED: 'delivered',
};

const PAIRS = OPERATIONS.flatMap((operation) => STATUSES.map((status) => [operation, status] as const));
const isAllowed = (operation: keyof typeof STEPS, status: OrderStatusName) =>
  FOLLOWING[status].includes(STEPS[operation]);
/** Whether an operation has nothing to do. For shipOrder that holds in every status after SHIPPED too. */
const isDone = (operation: keyof typeof STEPS, status: OrderStatusName) =>
  status === STEPS[operation] || (operation === 'shipOrder' && ['AVAILABLE_FOR_PICKUP', 'DELIVERED'].includes(status));

const STALE = (version: number) => ({
  code: 'STALE_VERSION',
  message: `The order is at version ${version}, not ${version - 1}. Read it again before you change it.`,
  path: ['input', 'expectedVersion'],
});

it.each(PAIRS.filter(([operation, status]) => isAllowed(operation, status)))(
  '%s moves an order that is %s, and writes its history and events',
  async (operation, current) => {
    const before = await orders.at(current);
    const orderId = before.databaseId;

    const after = await orders.done(operation, { orderId, note: ' by van ', expectedVersion: before.version });

    const status = STEPS[operation];
    expect(after).toMatchObject({ databaseId: orderId, currentStatus: status, version: before.version + 1 });
    const event = { occurredAt: after.updatedAt, note: 'by van' };
    const change = { __typename: 'OrderStatusChange', previousStatus: current, status, actor: IMPILO, ...event };
    expect(after.events).toEqual([...before.events, change]);
    const message = {
      ...event,
      previousStatus: CAMEL_CASE[current as 'PROCESSED'],
      status: CAMEL_CASE[status],
      actor: { type: 'staff', displayName: 'Impilo' },
    };
    const deviceIds = after.devices.map(({ databaseId }) => databaseId);
    expect((await orders.eventsOf(orderId)).slice(-2)).toMatchObject([
      { type: 'order.status', payload: { orderId, event: message } },
      {
        type: 'order.statusFull',
        payload: { currentStatus: message.status, version: after.version, deviceIds, event: message },
      },
    ]);
    await expectConsistentOrder(orders, orderId);
  },
);

it.each(PAIRS.filter(([operation, status]) => isDone(operation, status)))(
  '%s does not change an order that is %s, with any expected version, because it may be a retry',
  async (operation, current) => {
    const before = await orders.at(current);
    const input = { orderId: before.id, note: 'again', expectedVersion: 1 };
    const { order } = await orders.expectNoChange(operation, input);
    expect(order).toEqual(await orders.order(before.databaseId));
  },
);

it.each(PAIRS.filter(([operation, status]) => !isAllowed(operation, status) && !isDone(operation, status)))(
  '%s refuses an order that is %s',
  async (operation, current) => {
    const { databaseId: orderId } = await orders.at(current);
    const following = FOLLOWING[current];
    const possible = following.length === 0 ? 'Its status is final' : `It can become ${following.join(' or ')}`;
    const message = `The order is ${current} and cannot become ${STEPS[operation]}. ${possible}.`;
    const refusal = { code: 'ORDER_STATUS_NOT_ALLOWED', message, path: ['input', 'orderId'] };
    await orders.expectRefusal(operation, { orderId }, refusal);
  },
);

describe.each<[OrderOperation, OrderStatusName]>([
  ['processOrder', 'CREATED'],
  ['shipOrder', 'PROCESSED'],
  ['markOrderReadyForPickup', 'SHIPPED'],
  ['deliverOrder', 'AVAILABLE_FOR_PICKUP'],
  ['cancelOrder', 'PROCESSED'],
])('%s', (operation, status) => {
  it('refuses another version and returns the current order', async () => {
    const order = await orders.at(status);
    const { version, databaseId: orderId } = order;
    const current = { order: (await orders.order(orderId, operation === 'cancelOrder' ? 'northside' : 'operator'))! };
    const input = { orderId, expectedVersion: version - 1 };
    await orders.expectRefusal(operation, input, STALE(version), undefined, current);
    expect((await orders.done(operation, { orderId, expectedVersion: version })).version).toBe(version + 1);
  });

  it('refuses an unknown order, and a note that is too long', async () => {
    await orders.expectRefusal(
      operation,
      { orderId: '999999' },
      { code: 'ORDER_NOT_FOUND', message: 'There is no such order. Check orderId.', path: ['input', 'orderId'] },
    );
    const { databaseId: orderId } = await orders.at(status);
    await orders.expectRefusal(
      operation,
      { orderId, note: 'x'.repeat(2_001) },
      { code: 'INVALID_INPUT', message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    );
  });
});

it.each(OPERATIONS)('%s moves an order once for ten concurrent calls on two instances', async (operation) => {
  const status = operation === 'shipOrder' ? 'PROCESSED' : 'SHIPPED';
  const { databaseId: orderId, version } = await orders.at(status);

  const responses = await rival.atOnce(
    lockOf(orderId),
    Array.from({ length: 10 }, (_, index) => () => orders.call(operation, { orderId }, 'operator', index % 2)),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
  expect(await expectConsistentOrder(orders, orderId)).toMatchObject({
    currentStatus: STEPS[operation],
    version: version + 1,
  });
});

it.each(['the shipment', 'the cancellation'])(
  'concurrent shipping and cancelling never both succeed: %s comes first',
  async (first) => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const ship = () => orders.call('shipOrder', { orderId }, 'operator', 0);
    const cancel = () => orders.call('cancelOrder', { orderId }, 'northside', 1);
    const shipped = first === 'the shipment';

    const responses = await rival.inTurn(lockOf(orderId), shipped ? ship : cancel, shipped ? cancel : ship);

    expect(responses.map(codeOf)).toEqual(['OK', 'ORDER_STATUS_NOT_ALLOWED']);
    const { currentStatus } = await expectConsistentOrder(orders, orderId);
    expect(currentStatus).toBe(shipped ? 'SHIPPED' : 'CANCELLED');
  },
);

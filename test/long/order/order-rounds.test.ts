import { expectConsistentHistory } from '../../support/device-history';
import { expectConsistentOrder } from '../../support/order-history';
import { OrderFixture, type OrderPayload } from '../../support/order-fixture';
import { codeOf, countsOf } from '../../support/rival';
import { expectHalfReplaced, expectSound } from '../../order/order-races.harness';

/**
 * Many concurrent calls without a lock that sequences them. The tests in test/order check each sequence of two calls. Here every
 * sequence is legal, and each assertion holds for all of them.
 */

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

const cuffs = (count: number) => ({ itemId: orders.items.cuff, quantity: count });
const scales = (count: number) => ({ itemId: orders.items.scale, quantity: count });
const createdFor = async (lines: { itemId: string; quantity: number }[]) =>
  (await orders.created({ lines })).databaseId;

const process = (orderId: string, instance = 0, deviceIdentifiers?: string[]): Promise<OrderPayload> =>
  orders.call('processOrder', { orderId, deviceIdentifiers }, 'operator', instance);

/** Sends ten calls at a time, one per connection of two instances. A call without a connection would fail after 10 s. */
async function inTens<Result>(calls: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const responses: Result[] = [];
  for (let from = 0; from < calls.length; from += 10) {
    responses.push(...(await Promise.all(calls.slice(from, from + 10).map((call) => call()))));
  }
  return responses;
}

it('gives the last device of an item to one of two orders, and does not change the other; 25 rounds', async () => {
  for (let round = 0; round < 25; round += 1) {
    const [last] = await orders.stock();
    const orderIds = [await createdFor([cuffs(1)]), await createdFor([cuffs(1)])];

    const responses = await Promise.all(orderIds.map((orderId, index) => process(orderId, (round + index) % 2)));

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 1, ITEM_OUT_OF_STOCK: 1 });
    const winner = responses.findIndex(({ userErrors }) => userErrors.length === 0);
    expect(responses[winner]!.order!.devices.map(({ databaseId }) => databaseId)).toEqual([last!.id]);
    const loser = await orders.order(orderIds[1 - winner]!);
    expect(loser).toMatchObject({ currentStatus: 'CREATED', devices: [], events: [{ status: 'CREATED' }] });
    expect(await orders.eventsOf(loser!.databaseId)).toHaveLength(2);
    await expectSound(orders, orderIds);
  }
});

it('gives the last device to one of two orders that both name it; 5 rounds', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [last] = await orders.stock();
    const orderIds = [await createdFor([cuffs(1)]), await createdFor([cuffs(1)])];

    const responses = await Promise.all(orderIds.map((orderId, index) => process(orderId, index, [last!.serial])));

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 1, DEVICE_NOT_IN_STOCK: 1 });
    await expectSound(orders, orderIds);
  }
});

it('gives 30 devices in stock to 30 of 40 orders, ten at a time', async () => {
  await orders.stock(30);
  const orderIds: string[] = [];
  while (orderIds.length < 40) orderIds.push(await createdFor([cuffs(1)]));

  const responses = await inTens(orderIds.map((orderId, index) => () => process(orderId, index % 2)));

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 30, ITEM_OUT_OF_STOCK: 10 });
  await expectSound(orders, orderIds);
});

it('processes concurrent orders with the same items in opposite order', async () => {
  const orderIds: string[] = [];
  while (orderIds.length < 10) {
    const items = orderIds.length % 2 === 0 ? [cuffs(2), scales(2)] : [scales(2), cuffs(2)];
    orderIds.push(await createdFor(items));
  }
  for (let pair = 0; pair < 10; pair += 1) {
    await orders.stock(2);
    await orders.stock(2, { itemId: orders.items.scale });
  }

  const responses = await Promise.all(orderIds.map((orderId, index) => process(orderId, index % 2)));

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
  await expectSound(orders, orderIds);
});

it('cancels an order before or after it is processed, never in between; 15 rounds', async () => {
  for (let round = 0; round < 15; round += 1) {
    await orders.emptyStock();
    const [device] = await orders.stock();
    const orderId = await createdFor([cuffs(1)]);

    const [processed, cancelled] = await Promise.all([
      process(orderId, round % 2),
      orders.call('cancelOrder', { orderId }, 'northside', (round + 1) % 2),
    ]);

    expect(codeOf(cancelled)).toBe('OK');
    const order = await expectConsistentOrder(orders, orderId);
    const outcome = codeOf(processed);
    expect(['OK', 'ORDER_STATUS_NOT_ALLOWED']).toContain(outcome);
    expect(order.events.map(({ status }) => status)).toEqual(
      outcome === 'OK' ? ['CREATED', 'PROCESSED', 'CANCELLED'] : ['CREATED', 'CANCELLED'],
    );
    expect(await orders.fixture.row(device!.id)).toEqual({
      status: 'AVAILABLE',
      holderId: null,
      siteId: orders.fixture.sites.warehouse,
      inOrder: false,
      onReturnLeg: false,
      version: outcome === 'OK' ? 3 : 1,
    });
    expect(await expectConsistentHistory(orders.fixture, device!.id)).toBe(outcome === 'OK' ? 2 : 0);
  }
});

const replace = (deviceId: string, instance = 0) => orders.call('replaceDevice', { deviceId }, 'northside', instance);

it('two callers never get the same replacement device: a hundred calls with fifty spare devices make fifty orders', async () => {
  await expectHalfReplaced(orders, 50, (_spareIds, calls) => inTens(calls));
});

it('a replacement and an order never both get the last device; 10 rounds', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [last] = await orders.stock();
    const { id } = await orders.fixture.freeDevice();
    const { databaseId: orderId } = await orders.created();

    const [replaced, processed] = await Promise.all([
      replace(id, round % 2),
      orders.call('processOrder', { orderId }, 'operator', (round + 1) % 2),
    ]);

    const codes = [codeOf(replaced), codeOf(processed)];
    expect([
      ['OK', 'ITEM_OUT_OF_STOCK'],
      ['NO_REPLACEMENT_IN_STOCK', 'OK'],
    ]).toContainEqual(codes);
    expect(await expectConsistentHistory(orders.fixture, last!.id)).toBe(1);
    expect(await expectConsistentHistory(orders.fixture, id)).toBe(codes[0] === 'OK' ? 1 : 0);
    expect((await expectConsistentOrder(orders, orderId)).devices).toHaveLength(codes[1] === 'OK' ? 1 : 0);
  }
});

import { expectConsistentHistory } from '../support/device-history';
import { namesOf } from '../support/statement-names';
import { expectConsistentOrder } from '../support/order-history';
import { OrderProgramme, type OrderAnswer } from '../support/order-programme';
import { codeOf, countsOf, Rival } from './rival.harness';

let orders: OrderProgramme;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderProgramme.start({ instances: 2 });
  rival = await Rival.start(orders.programme);
});
beforeEach(() => orders.emptyStock());
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const createdFor = async (items: { itemId: string; count: number }[]) => (await orders.created({ items })).databaseId;

const process = (orderId: string, instance = 0, deviceIdentifiers?: string[]): Promise<OrderAnswer> =>
  orders.call('processOrder', { orderId, deviceIdentifiers }, 'operator', instance);

/** Asserts that no device is in two orders, and that each order has what it asks for, or nothing. */
async function expectSound(orderIds: readonly string[]): Promise<void> {
  const taken: string[] = [];
  for (const orderId of orderIds) {
    const order = await expectConsistentOrder(orders, orderId);
    const asked = order.items.reduce((sum, { count }) => sum + count, 0);
    expect(order.devices).toHaveLength(order.currentStatus === 'CREATED' ? 0 : asked);
    taken.push(...order.devices.map(({ databaseId }) => databaseId));
  }
  expect(new Set(taken).size).toBe(taken.length);
  for (const id of taken) expect(await expectConsistentHistory(orders.programme, id)).toBe(1);
}

const cuffs = (count: number) => ({ itemId: orders.items.cuff, count });
const scales = (count: number) => ({ itemId: orders.items.scale, count });

it('processes an order once when ten try it at once', async () => {
  await orders.stock(3);
  const orderId = await createdFor([cuffs(1)]);

  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => process(orderId, index % 2)));

  expect(countsOf(answers.map(codeOf))).toEqual({ OK: 1, ORDER_STATUS_NOT_ALLOWED: 9 });
  await expectSound([orderId]);
});

it('gives the last device of an item to one of two orders, and leaves the other as it was; 25 rounds', async () => {
  for (let round = 0; round < 25; round += 1) {
    const [last] = await orders.stock();
    const orderIds = [await createdFor([cuffs(1)]), await createdFor([cuffs(1)])];

    const answers = await Promise.all(orderIds.map((orderId, index) => process(orderId, (round + index) % 2)));

    expect(countsOf(answers.map(codeOf))).toEqual({ OK: 1, ITEM_OUT_OF_STOCK: 1 });
    const winner = answers.findIndex(({ userErrors }) => userErrors.length === 0);
    expect(answers[winner]!.order!.devices.map(({ databaseId }) => databaseId)).toEqual([last!.id]);
    const loser = await orders.order(orderIds[1 - winner]!);
    expect(loser).toMatchObject({ currentStatus: 'CREATED', devices: [], events: [{ status: 'CREATED' }] });
    expect(await orders.eventsOf(loser!.databaseId)).toHaveLength(2);
    await expectSound(orderIds);
  }
});

it('gives the last device that both name to one of two orders', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [last] = await orders.stock();
    const orderIds = [await createdFor([cuffs(1)]), await createdFor([cuffs(1)])];

    const answers = await Promise.all(orderIds.map((orderId, index) => process(orderId, index, [last!.serial])));

    expect(countsOf(answers.map(codeOf))).toEqual({ OK: 1, DEVICE_NOT_IN_STOCK: 1 });
    await expectSound(orderIds);
  }
});

it('shares a stock of 30 among 40 orders for one each', async () => {
  await orders.stock(30);
  const orderIds: string[] = [];
  while (orderIds.length < 40) orderIds.push(await createdFor([cuffs(1)]));

  const answers = await Promise.all(orderIds.map((orderId, index) => process(orderId, index % 2)));

  expect(countsOf(answers.map(codeOf))).toEqual({ OK: 30, ITEM_OUT_OF_STOCK: 10 });
  await expectSound(orderIds);
});

it('serves orders that ask for the same items in opposite order at once', async () => {
  const orderIds: string[] = [];
  while (orderIds.length < 12) {
    const items = orderIds.length % 2 === 0 ? [cuffs(2), scales(2)] : [scales(2), cuffs(2)];
    orderIds.push(await createdFor(items));
  }
  for (let pair = 0; pair < 12; pair += 1) {
    await orders.stock(2);
    await orders.stock(2, { itemId: orders.items.scale });
  }

  const answers = await Promise.all(orderIds.map((orderId, index) => process(orderId, index % 2)));

  expect(countsOf(answers.map(codeOf))).toEqual({ OK: 12 });
  await expectSound(orderIds);
});

it('runs again what PostgreSQL gave up as a deadlock: no client is told of it', async () => {
  const [scale] = await orders.stock(1, { itemId: orders.items.scale });
  const [cuff] = await orders.stock();
  const orderId = await createdFor([cuffs(1), scales(1)]);
  // The order locks the cuff first, this one the scale.
  await rival.hold(`select from device where id = ${scale!.id} for update`);
  let processing: Promise<OrderAnswer> | undefined;
  let victim: string | undefined;
  const statements = await orders.programme.app.statementsOf(async () => {
    processing = process(orderId);
    await rival.untilBlocked(1);
    // PostgreSQL gives up the one that finds the deadlock: who began to wait first, unless it slept in between.
    victim = await rival.run(`select from device where id = ${cuff!.id} for update`).then(
      () => 'gateway',
      () => 'rival',
    );
    await rival.release();
    await processing;
  });

  expect(codeOf(await processing!)).toBe('OK');
  expect(namesOf(statements).filter((name) => name === 'lock_order')).toHaveLength(victim === 'gateway' ? 2 : 1);
  await expectSound([orderId]);
});

it('waits for a device that another has locked, and takes it when it stays in the stock', async () => {
  const [device] = await orders.stock();
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${device!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  await rival.release('rollback');

  expect(codeOf(await processing)).toBe('OK');
});

it('passes over a device that left the stock while it waited, and takes the next', async () => {
  const [first, second] = await orders.stock(2);
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${first!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  await rival.release();

  const { order } = await processing;
  expect(order!.devices.map(({ databaseId }) => databaseId)).toEqual([second!.id]);
});

it('takes what came back to the stock while it waited for a device that left it', async () => {
  const [device] = await orders.stock();
  const returned = await orders.programme.device({ status: 'RETURNING' });
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${device!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  const received = await orders.call('receiveReturn', {
    deviceId: returned.id,
    siteId: orders.programme.sites.warehouse,
    outcome: 'RESTOCK',
  });
  await rival.release();

  expect(codeOf(received)).toBe('OK');
  const { order } = await processing;
  expect(order!.devices.map(({ databaseId }) => databaseId)).toEqual([returned.id]);
});

it('cancels an order before it is processed, or after: never in between', async () => {
  const outcomes: string[] = [];
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
    outcomes.push(outcome);
    expect(order.events.map(({ status }) => status)).toEqual(
      outcome === 'OK' ? ['CREATED', 'PROCESSED', 'CANCELLED'] : ['CREATED', 'CANCELLED'],
    );
    expect(await orders.programme.row(device!.id)).toEqual({
      status: 'AVAILABLE',
      holderId: null,
      siteId: orders.programme.sites.warehouse,
      inOrder: false,
      onReturnLeg: false,
      version: outcome === 'OK' ? 3 : 1,
    });
    await expectConsistentHistory(orders.programme, device!.id);
  }
  for (const outcome of outcomes) expect(['OK', 'ORDER_STATUS_NOT_ALLOWED']).toContain(outcome);
});

it.each(['cancel first', 'process first'] as const)('cancelling while processing: %s', async (which) => {
  await orders.stock();
  const orderId = await createdFor([cuffs(1)]);
  const cancel = () => orders.call('cancelOrder', { orderId });

  await rival.hold(`select from device_order where id = ${orderId} for update`);
  const first = which === 'cancel first' ? cancel() : process(orderId);
  await rival.untilBlocked(1);
  const second = which === 'cancel first' ? process(orderId, 1) : cancel();
  await rival.untilBlocked(2);
  await rival.release();

  expect([codeOf(await first), codeOf(await second)]).toEqual(
    which === 'cancel first' ? ['OK', 'ORDER_STATUS_NOT_ALLOWED'] : ['OK', 'OK'],
  );
  expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('CANCELLED');
});

describe('while the recipient', () => {
  it('is archived, an order that waits for it is refused', async () => {
    await orders.stock();
    const patientId = await orders.programme.patient();
    const { databaseId: orderId } = await orders.created({ patientId });

    await rival.hold(`update patient set archived = true where id = ${patientId}`);
    const processing = process(orderId);
    await rival.untilBlocked(1);
    await rival.release();

    expect(codeOf(await processing)).toBe('PATIENT_ARCHIVED');
    expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('CREATED');
  });

  it('is deactivated, an order that waits for it is refused', async () => {
    await orders.stock();
    const siteId = await orders.programme.site('1');
    const { databaseId: orderId } = await orders.created({ siteId });

    await rival.hold(`update site set active = false where id = ${siteId}`);
    const processing = process(orderId);
    await rival.untilBlocked(1);
    await rival.release();

    expect(codeOf(await processing)).toBe('SITE_INACTIVE');
    expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('CREATED');
  });
});

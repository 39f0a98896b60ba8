import { expectConsistentHistory } from '../support/device-history';
import { namesOf } from '../support/statement-names';
import { expectConsistentOrder } from '../support/order-history';
import { OrderFixture, type OrderPayload } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';
import { expectSound } from './order-races.harness';

let orders: OrderFixture;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
});
beforeEach(() => orders.emptyStock());
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const createdFor = async (lines: { itemId: string; quantity: number }[]) =>
  (await orders.created({ lines })).databaseId;

const process = (orderId: string, instance = 0, deviceIdentifiers?: string[]): Promise<OrderPayload> =>
  orders.call('processOrder', { orderId, deviceIdentifiers }, 'operator', instance);

const cuffs = (count: number) => ({ itemId: orders.items.cuff, quantity: count });
const scales = (count: number) => ({ itemId: orders.items.scale, quantity: count });

/** Locks the row of a device or of an order, like an operation that changes it. */
const lockOf = (table: 'device' | 'device_order', id: string) => `select from ${table} where id = ${id} for update`;

it('processes an order once for ten concurrent calls', async () => {
  await orders.stock(3);
  const orderId = await createdFor([cuffs(1)]);

  const responses = await rival.atOnce(
    lockOf('device_order', orderId),
    Array.from({ length: 10 }, (_, index) => () => process(orderId, index % 2)),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
  await expectSound(orders, [orderId]);
});

it.each([
  ['of an item', 0, 'ITEM_OUT_OF_STOCK'],
  ['of an item', 1, 'ITEM_OUT_OF_STOCK'],
  ['that both orders name', 0, 'DEVICE_NOT_IN_STOCK'],
  ['that both orders name', 1, 'DEVICE_NOT_IN_STOCK'],
] as const)(
  'gives the last device %s to the first of two orders (instance %d), and does not change the other',
  async (_which, instance, refusal) => {
    const [last] = await orders.stock();
    const orderIds = [await createdFor([cuffs(1)]), await createdFor([cuffs(1)])] as const;
    const named = refusal === 'DEVICE_NOT_IN_STOCK' ? [last!.serial] : undefined;

    const responses = await rival.inTurn(
      lockOf('device', last!.id),
      () => process(orderIds[0], instance, named),
      () => process(orderIds[1], 1 - instance, named),
    );

    expect(responses.map(codeOf)).toEqual(['OK', refusal]);
    expect(responses[0].order!.devices.map(({ databaseId }) => databaseId)).toEqual([last!.id]);
    const loser = await orders.order(orderIds[1]);
    expect(loser).toMatchObject({ currentStatus: 'CREATED', devices: [], events: [{ status: 'CREATED' }] });
    expect(await orders.eventsOf(orderIds[1])).toHaveLength(2);
    await expectSound(orders, orderIds);
  },
);

it('gives 6 devices in stock to 6 of 10 orders that all wait for the oldest device', async () => {
  const [oldest] = await orders.stock(6);
  const orderIds: string[] = [];
  while (orderIds.length < 10) orderIds.push(await createdFor([cuffs(1)]));

  const responses = await rival.atOnce(
    lockOf('device', oldest!.id),
    orderIds.map((orderId, index) => () => process(orderId, index % 2)),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 6, ITEM_OUT_OF_STOCK: 4 });
  await expectSound(orders, orderIds);
});

it('two concurrent orders with the same items in opposite order lock the same item first', async () => {
  const [cuff, otherCuff] = await orders.stock(2);
  const [scale, otherScale] = await orders.stock(2, { itemId: orders.items.scale });
  const orderIds = [await createdFor([cuffs(1), scales(1)]), await createdFor([scales(1), cuffs(1)])] as const;

  await rival.hold(lockOf('device', cuff!.id));
  const responses = [process(orderIds[0], 0), process(orderIds[1], 1)];
  await rival.untilBlocked(2);
  const unlocked = await orders.fixture.sql(
    `select id from device where current_status = 'AVAILABLE' order by id for update skip locked`,
  );
  await rival.release();

  // Both wait for the cuff, one after the other, and neither has locked a scale.
  expect(unlocked).toEqual([otherCuff!, scale!, otherScale!].map(({ id }) => ({ id })));
  expect((await Promise.all(responses)).map(codeOf)).toEqual(['OK', 'OK']);
  await expectSound(orders, orderIds);
});

it('retries after a deadlock error of PostgreSQL, invisible to the client', async () => {
  const [device] = await orders.stock();
  const orderId = await createdFor([cuffs(1)]);
  // A sequence does not roll back. The first attempt fails after all of its writes except the events.
  await orders.fixture.sql(`create sequence attempts;
    grant usage on sequence attempts to public;
    create function deadlock_at_first() returns trigger language plpgsql as $$
      begin
        if nextval('attempts') = 1 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
        return null;
      end $$;
    create trigger deadlock_at_first after insert on order_event for each statement execute function deadlock_at_first()`);

  let response: OrderPayload | undefined;
  const statements = await orders.fixture.app.statementsOf(async () => {
    response = await process(orderId);
  });
  await orders.fixture.sql('drop trigger deadlock_at_first on order_event; drop sequence attempts');

  expect(codeOf(response!)).toBe('OK');
  expect(response!.order!.devices.map(({ databaseId }) => databaseId)).toEqual([device!.id]);
  expect(namesOf(statements).filter((name) => name === 'lock_order')).toHaveLength(2);
  await expectSound(orders, [orderId]);
});

it('recovers from a real deadlock, whichever transaction PostgreSQL cancels', async () => {
  const [scale] = await orders.stock(1, { itemId: orders.items.scale });
  const [cuff] = await orders.stock();
  const orderId = await createdFor([cuffs(1), scales(1)]);
  // The order locks the cuff first, the rival locks the scale first.
  await rival.hold(`select from device where id = ${scale!.id} for update`);
  let processing: Promise<OrderPayload> | undefined;
  let victim: string | undefined;
  const statements = await orders.fixture.app.statementsOf(async () => {
    processing = process(orderId);
    await rival.untilBlocked(1);
    // PostgreSQL cancels the transaction that detects the deadlock, usually the one that started to wait first.
    victim = await rival.run(`select from device where id = ${cuff!.id} for update`).then(
      () => 'gateway',
      () => 'rival',
    );
    await rival.release();
    await processing;
  });

  expect(codeOf(await processing!)).toBe('OK');
  expect(namesOf(statements).filter((name) => name === 'lock_order')).toHaveLength(victim === 'gateway' ? 2 : 1);
  await expectSound(orders, [orderId]);
});

it('waits for a locked device, and takes it if it stays in stock', async () => {
  const [device] = await orders.stock();
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${device!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  await rival.release('rollback');

  const { order } = await processing;
  expect(order!.devices.map(({ databaseId }) => databaseId)).toEqual([device!.id]);
});

it('skips a device that left the stock while it waited, and takes the next', async () => {
  const [first, second] = await orders.stock(2);
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${first!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  await rival.release();

  const { order } = await processing;
  expect(order!.devices.map(({ databaseId }) => databaseId)).toEqual([second!.id]);
});

it('takes a device that came back to stock while it waited for one that left', async () => {
  const [device] = await orders.stock();
  const returned = await orders.fixture.device({ status: 'RETURNING' });
  const orderId = await createdFor([cuffs(1)]);

  await rival.hold(`update device set current_status = 'LOST' where id = ${device!.id}`);
  const processing = process(orderId);
  await rival.untilBlocked(1);
  const received = await orders.call('receiveReturn', {
    deviceId: returned.id,
    siteId: orders.fixture.sites.warehouse,
    outcome: 'RESTOCK',
  });
  await rival.release();

  expect(codeOf(received)).toBe('OK');
  const { order } = await processing;
  expect(order!.devices.map(({ databaseId }) => databaseId)).toEqual([returned.id]);
});

it.each(['cancel first', 'process first'] as const)(
  'cancels an order before or after it is processed, never in between: %s',
  async (which) => {
    const [device] = await orders.stock();
    const orderId = await createdFor([cuffs(1)]);
    const cancelFirst = which === 'cancel first';

    const responses = await rival.inTurn(
      lockOf('device_order', orderId),
      cancelFirst ? () => orders.call('cancelOrder', { orderId }) : () => process(orderId),
      cancelFirst ? () => process(orderId, 1) : () => orders.call('cancelOrder', { orderId }, 'northside', 1),
    );

    expect(responses.map(codeOf)).toEqual(cancelFirst ? ['OK', 'ORDER_STATUS_NOT_ALLOWED'] : ['OK', 'OK']);
    const { currentStatus, events } = await expectConsistentOrder(orders, orderId);
    expect(currentStatus).toBe('CANCELLED');
    expect(events.map(({ status }) => status)).toEqual(
      cancelFirst ? ['CREATED', 'CANCELLED'] : ['CREATED', 'PROCESSED', 'CANCELLED'],
    );
    expect(await orders.fixture.row(device!.id)).toEqual({
      status: 'AVAILABLE',
      holderId: null,
      siteId: orders.fixture.sites.warehouse,
      inOrder: false,
      onReturnLeg: false,
      version: cancelFirst ? 1 : 3,
    });
    expect(await expectConsistentHistory(orders.fixture, device!.id)).toBe(cancelFirst ? 0 : 2);
  },
);

describe('while the recipient', () => {
  it('is being archived, an order that waits for it is refused', async () => {
    await orders.stock();
    const patientId = await orders.fixture.patient();
    const { databaseId: orderId } = await orders.created({ patientId });

    const before = await orders.written();

    const archived = `update patient set archived_at = now() where id = ${patientId}`;
    const [processed] = await rival.atOnce(archived, [() => process(orderId)]);

    expect(codeOf(processed!)).toBe('PATIENT_ARCHIVED');
    expect(await orders.written()).toEqual(before);
    expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('CREATED');
  });

  it('is being deactivated, an order that waits for it is refused', async () => {
    await orders.stock();
    const siteId = await orders.fixture.site('1');
    const { databaseId: orderId } = await orders.created({ siteId });

    const before = await orders.written();

    const deactivated = `update site set deactivated_at = now() where id = ${siteId}`;
    const [processed] = await rival.atOnce(deactivated, [() => process(orderId)]);

    expect(codeOf(processed!)).toBe('SITE_INACTIVE');
    expect(await orders.written()).toEqual(before);
    expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('CREATED');
  });
});

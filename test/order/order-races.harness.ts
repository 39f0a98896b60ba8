import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder } from '../support/order-history';
import type { OrderPayload, OrderFixture } from '../support/order-fixture';
import { codeOf, countsOf } from '../support/rival';

/** Asserts that no device is in two orders, and that each order has all of its requested devices or none. */
export async function expectSound(orders: OrderFixture, orderIds: readonly string[]): Promise<void> {
  const taken: string[] = [];
  for (const orderId of orderIds) {
    const order = await expectConsistentOrder(orders, orderId);
    const asked = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    expect(order.devices).toHaveLength(order.currentStatus === 'CREATED' ? 0 : asked);
    taken.push(...order.devices.map(({ databaseId }) => databaseId));
  }
  expect(new Set(taken).size).toBe(taken.length);
  for (const id of taken) expect(await expectConsistentHistory(orders.fixture, id)).toBe(1);
}

/**
 * Asserts that of twice as many replacements as spare devices, half create one order each with all of the spare devices, and
 * the others change nothing.
 *
 * @param sendAll sends the calls, five to each of two instances in turn. The spare devices are in id order
 */
export async function expectHalfReplaced(
  orders: OrderFixture,
  spareCount: number,
  sendAll: (spareIds: string[], calls: (() => Promise<OrderPayload>)[]) => Promise<OrderPayload[]>,
): Promise<void> {
  const { patients, sites } = orders.fixture;
  const spares = await orders.stock(spareCount);
  const defective: string[] = [];
  while (defective.length < 2 * spareCount) {
    const situation =
      defective.length % 2 === 0
        ? ({ status: 'WITH_PATIENT', holderId: patients.ann } as const)
        : ({ status: 'AVAILABLE_AT_SITE', siteId: sites.clinic } as const);
    defective.push((await orders.fixture.device(situation)).id);
  }
  const before = await orders.written();

  const responses = await sendAll(
    spares.map(({ id }) => id),
    defective.map(
      (deviceId, index) => () => orders.call('replaceDevice', { deviceId }, 'northside', Math.floor(index / 5) % 2),
    ),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: spareCount, NO_REPLACEMENT_IN_STOCK: spareCount });
  const sent = responses.flatMap(({ replacementDevice }) => replacementDevice?.databaseId ?? []);
  expect(sent.sort((one, other) => Number(one) - Number(other))).toEqual(spares.map(({ id }) => id));
  const orderIds = new Set(responses.flatMap(({ order }) => order?.databaseId ?? []));
  expect(orderIds.size).toBe(spareCount);
  const after = await orders.written();
  expect(after.device_order!.rows).toBe(before.device_order!.rows + spareCount);
  expect(after.order_device!.rows).toBe(before.order_device!.rows + 2 * spareCount);
  expect(after.device_status_change!.rows).toBe(before.device_status_change!.rows + 2 * spareCount);
  for (const [index, id] of defective.entries()) {
    const refused = responses[index]!.order == null;
    expect(await orders.fixture.row(id)).toMatchObject({ onReturnLeg: !refused, version: refused ? 1 : 2 });
    expect(await expectConsistentHistory(orders.fixture, id)).toBe(refused ? 0 : 1);
  }
  for (const { id } of spares) expect(await expectConsistentHistory(orders.fixture, id)).toBe(1);
  for (const id of orderIds) await expectConsistentOrder(orders, id);
}

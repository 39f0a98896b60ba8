import { expectConsistentHistory } from './device-history';
import type { DeviceRow } from './device-fixture';
import type { OrderEventResult, OrderResult, OrderFixture, OrderStatusName } from './order-fixture';

/** Statuses that may follow each status, from docs/glossary.md#orders. */
export const FOLLOWING: Record<OrderStatusName, OrderStatusName[]> = {
  CREATED: ['PROCESSED', 'CANCELLED'],
  PROCESSED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['AVAILABLE_FOR_PICKUP', 'DELIVERED'],
  AVAILABLE_FOR_PICKUP: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
};

const toCamelCase = (status: string): string =>
  status.toLowerCase().replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());

/**
 * Asserts the invariants of an order's history: its steps lead from CREATED to its current status, its parcels are the added ones,
 * and times never decrease. Each step has two events, `order.status` and `order.statusFull`, and each parcel one.
 *
 * @returns the order as read by an operator
 */
export async function expectConsistentOrder(orders: OrderFixture, orderId: string): Promise<OrderResult> {
  const order = (await orders.order(orderId))!;
  const { events } = order;
  const steps = events.flatMap(({ status }) => status ?? []);
  expect(steps[0]).toBe('CREATED');
  expect(steps.at(-1)).toBe(order.currentStatus);
  steps.slice(1).forEach((status, index) => expect(FOLLOWING[steps[index]!]).toContain(status));
  expect(events.flatMap(({ previousStatus }) => (previousStatus === undefined ? [] : [previousStatus]))).toEqual([
    null,
    ...steps.slice(0, -1),
  ]);
  expect(events.flatMap(({ parcel }) => parcel ?? [])).toEqual(order.parcels);
  const times = events.map(({ occurredAt }) => occurredAt);
  expect(times).toEqual([...times].sort());
  expect(order.updatedAt).toBe(times.at(-1));

  const emitted = await orders.eventsOf(orderId);
  const expected = events.flatMap((event): object[] => messagesOf(orderId, event));
  expect(emitted).toMatchObject(expected);
  expect(emitted).toHaveLength(expected.length);
  return order;
}

/** The messages of an order's event. */
function messagesOf(orderId: string, { occurredAt, note, previousStatus, status, parcel }: OrderEventResult): object[] {
  const about = { id: expect.stringMatching(/^\d+$/) as string, occurredAt, note };
  if (status === undefined) {
    const event = { ...about, parcel: { ...parcel, direction: toCamelCase(parcel!.direction) } };
    return [{ type: 'order.parcelAdded', payload: { orderId, event } }];
  }
  const event = {
    ...about,
    previousStatus: previousStatus && toCamelCase(previousStatus),
    status: toCamelCase(status),
  };
  return [
    { type: 'order.status', payload: { orderId, event } },
    { type: 'order.statusFull', payload: { id: orderId, currentStatus: event.status, event } },
  ];
}

/** A device without a holder, a site and an order. */
export const NOWHERE = { holderId: null, siteId: null, inOrder: false, onReturnLeg: false };

/** Asserts the state of devices, by id, and the consistency of their history. */
export async function expectDevices(
  { fixture }: OrderFixture,
  expected: Readonly<Record<string, DeviceRow>>,
): Promise<void> {
  for (const [id, row] of Object.entries(expected)) {
    expect({ id, ...(await fixture.row(id)) }).toEqual({ id, ...row });
    expect(await expectConsistentHistory(fixture, id)).toBe(row.version - 1);
  }
}

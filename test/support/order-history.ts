import { expectConsistentHistory } from './device-history';
import type { DeviceRow } from './device-programme';
import type { AnsweredOrder, OrderProgramme, OrderStatusName } from './order-programme';

/** Which statuses follow which, from domain.md. */
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
 * Asserts what holds of an order at any time: its steps are a way through the statuses from CREATED to where it is, never
 * earlier than the one before, and two events tell of each: the id with what happened, and the order as it was then.
 *
 * @returns the order as an operator reads it
 */
export async function expectConsistentOrder(orders: OrderProgramme, orderId: string): Promise<AnsweredOrder> {
  const order = (await orders.order(orderId))!;
  const { events } = order;
  expect(events[0]?.status).toBe('CREATED');
  expect(events.at(-1)?.status).toBe(order.currentStatus);
  events.slice(1).forEach(({ status, occurredAt }, index) => {
    expect(FOLLOWING[events[index]!.status]).toContain(status);
    expect(occurredAt >= events[index]!.occurredAt).toBe(true);
  });
  expect(order.updatedAt >= events.at(-1)!.occurredAt).toBe(true);

  const told = await orders.eventsOf(orderId);
  const expected = events.flatMap(({ status, occurredAt, note }) => {
    const event = { status: toCamelCase(status), occurredAt, note };
    return [
      { type: 'order.status', payload: { orderId, event } },
      { type: 'order.statusFull', payload: { id: orderId, currentStatus: event.status, event } },
    ];
  });
  expect(told).toMatchObject(expected);
  expect(told).toHaveLength(expected.length);
  return order;
}

/** A device that nobody has, at no site and in no order. */
export const NOWHERE = { holderId: null, siteId: null, inOrder: false, onReturnLeg: false };

/** Asserts what became of devices, by their ids, and that the history of each has as many changes as its version says. */
export async function expectDevices(
  { programme }: OrderProgramme,
  expected: Readonly<Record<string, DeviceRow>>,
): Promise<void> {
  for (const [id, row] of Object.entries(expected)) {
    expect({ id, ...(await programme.row(id)) }).toEqual({ id, ...row });
    expect(await expectConsistentHistory(programme, id)).toBe(row.version - 1);
  }
}

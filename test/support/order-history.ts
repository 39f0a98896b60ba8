import { expectConsistentHistory } from './device-history';
import type { DeviceRow } from './device-programme';
import type { AnsweredEvent, AnsweredOrder, OrderProgramme, OrderStatusName } from './order-programme';

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
 * Asserts what holds of an order at any time: its steps are a way through the statuses from CREATED to where it is, its parcels are
 * those that were added, and nothing is earlier than what was before. Two events tell of each step, the id with what happened and
 * the order as it was then; one tells of each parcel.
 *
 * @returns the order as an operator reads it
 */
export async function expectConsistentOrder(orders: OrderProgramme, orderId: string): Promise<AnsweredOrder> {
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

  const told = await orders.eventsOf(orderId);
  const expected = events.flatMap((event): object[] => messagesOf(orderId, event));
  expect(told).toMatchObject(expected);
  expect(told).toHaveLength(expected.length);
  return order;
}

/** What tells of an event of an order. */
function messagesOf(orderId: string, { occurredAt, note, previousStatus, status, parcel }: AnsweredEvent): object[] {
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

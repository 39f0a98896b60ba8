import { buildDemoData } from '../../src/programs/demo/demo-data';
import type {
  DemoData,
  OrderDeviceRow,
  OrderEventRow,
  OrderItemRow,
  OrderRow,
} from '../../src/programs/demo/demo-rows';
import { OrderKind, OrderStatus, ShipmentLeg } from '../../src/features/order/order-status';
import { groupBy } from '../support/group-by';

/** Written here once more, so that a slip in the rules is not its own proof; source: domain.md, Orders. */
const FOLLOWING: Readonly<Record<string, readonly string[]>> = {
  CREATED: ['PROCESSED', 'CANCELLED'],
  PROCESSED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['AVAILABLE_FOR_PICKUP', 'DELIVERED'],
  AVAILABLE_FOR_PICKUP: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
};

describe('the orders of the demo data', () => {
  let data: DemoData;
  let events: Map<number, OrderEventRow[]>;
  let items: Map<number, OrderItemRow[]>;
  let devices: Map<number, OrderDeviceRow[]>;
  beforeAll(() => {
    // On other days they are the same, see demo-data.test.ts.
    data = buildDemoData(new Date('2026-11-23T00:01:00Z'));
    events = groupBy(data.order_event, ({ order_id }) => order_id);
    items = groupBy(data.order_item, ({ order_id }) => order_id);
    devices = groupBy(data.order_device, ({ order_id }) => order_id);
  });
  const eventsOf = ({ id }: OrderRow) => events.get(id)!;
  const itemsOf = ({ id }: OrderRow) => items.get(id)!;
  const devicesOf = ({ id }: OrderRow, wanted: ShipmentLeg) =>
    (devices.get(id) ?? []).filter(({ leg }) => leg === wanted);
  const isShipped = (order: OrderRow) => eventsOf(order).some(({ status }) => status === OrderStatus.SHIPPED);

  test('there is an order in each status, and a replacement on its way', () => {
    expect(new Set(data.device_order.map(({ current_status }) => current_status))).toEqual(
      new Set(Object.values(OrderStatus)),
    );
    const underWay = data.device_order.filter(
      ({ kind, current_status }) =>
        kind === OrderKind.REPLACEMENT &&
        ([OrderStatus.PROCESSED, OrderStatus.SHIPPED] as string[]).includes(current_status),
    );
    expect(underWay.length).toBeGreaterThan(0);
  });

  test('the steps of each order lead from its creation to what it is, in time', () => {
    const ends = data.device_order.map((order) => {
      const [first, last] = [eventsOf(order)[0]!, eventsOf(order).at(-1)!];
      return [first.status, first.at, last.status, last.at];
    });
    expect(ends).toEqual(
      data.device_order.map((order) => [OrderStatus.CREATED, order.created_at, order.current_status, order.updated_at]),
    );
    const steps = data.device_order.flatMap((order) =>
      eventsOf(order)
        .slice(1)
        .map((step, index) => ({ step, before: eventsOf(order)[index]! })),
    );
    expect(new Set(steps.map(({ step }) => step.status)).size).toBe(5);
    const wrong = steps.filter(
      ({ step, before }) => !FOLLOWING[before.status]!.includes(step.status) || step.at < before.at,
    );
    expect(wrong).toEqual([]);
  });

  test('an order that was processed has the devices that it asks for, from warehouses', () => {
    const sent: object[] = [];
    const asked: object[] = [];
    for (const order of data.device_order) {
      const processed = eventsOf(order).some(({ status }) => status === OrderStatus.PROCESSED);
      const outbound = devicesOf(order, ShipmentLeg.OUTBOUND);
      for (const { item_id, count } of itemsOf(order)) {
        const ofItem = outbound.filter(({ device_id }) => data.device[device_id - 1]!.item_id === item_id);
        sent.push({ order: order.id, item_id, count: ofItem.length });
        asked.push({ order: order.id, item_id, count: processed ? count : 0 });
      }
    }
    expect(sent).toEqual(asked);
    const outbound = data.order_device.filter(({ leg }) => leg === ShipmentLeg.OUTBOUND);
    expect(new Set(outbound.map((row) => row.warehouse_customer_id))).toEqual(new Set([0]));
    expect(new Set(outbound.map((row) => data.site[row.warehouse_id! - 1]!.customer_id))).toEqual(new Set([0]));
  });

  test('a replacement expects one device back, of the item that it sends', () => {
    const back = data.device_order.map((order) =>
      devicesOf(order, ShipmentLeg.RETURN).map(({ device_id }) => data.device[device_id - 1]!.item_id),
    );
    expect(back).toEqual(
      data.device_order.map((order) => (order.kind === OrderKind.REPLACEMENT ? [itemsOf(order)[0]!.item_id] : [])),
    );
    expect(back.flat().length).toBeGreaterThan(20);
  });

  test('a device that is in an order, or on a return leg, stands in that order', () => {
    const legs = new Set(data.order_device.map(({ order_id, device_id, leg }) => [order_id, device_id, leg].join()));
    const wanted = data.device.flatMap(({ id, order_id, return_order_id }) => [
      ...(order_id === null ? [] : [[order_id, id, 'OUTBOUND'].join()]),
      ...(return_order_id === null ? [] : [[return_order_id, id, 'RETURN'].join()]),
    ]);
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((leg) => !legs.has(leg))).toEqual([]);
  });

  test('shipped orders have tracking numbers', () => {
    expect(data.device_order.filter(isShipped).length).toBeGreaterThan(100);
    expect(data.device_order.filter((order) => order.tracking_numbers.length > 0 !== isShipped(order))).toEqual([]);
  });
});

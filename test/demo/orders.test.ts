import { buildDemoData } from '../../src/demo/demo-data';
import type { DemoData, OrderRow } from '../../src/demo/demo-rows';
import { OrderKind, OrderStatus, ShipmentLeg } from '../../src/order/order-status';

/** Written here once more, so that a slip in the rules is not its own proof; source: domain.md, Orders. */
const FOLLOWING: Readonly<Record<string, readonly string[]>> = {
  CREATED: ['PROCESSED', 'CANCELLED'],
  PROCESSED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['AVAILABLE_FOR_PICKUP', 'DELIVERED'],
  AVAILABLE_FOR_PICKUP: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
};

/** A Sunday and the first minute of a Monday. */
describe.each(['2026-03-01T12:00:00Z', '2026-11-23T00:01:00Z'])('made at %s', (now) => {
  let data: DemoData;
  beforeAll(() => {
    data = buildDemoData(new Date(now));
  });
  const ofOrder = <Row extends { order_id: number }>(rows: readonly Row[], order: OrderRow) =>
    rows.filter((row) => row.order_id === order.id);

  test('there is an order in each status, and a replacement on its way', () => {
    expect(new Set(data.device_order.map(({ current_status }) => current_status))).toEqual(
      new Set(Object.values(OrderStatus)),
    );
    const underWay = data.device_order.filter(
      ({ kind, current_status }) =>
        kind === OrderKind.REPLACEMENT &&
        [OrderStatus.PROCESSED, OrderStatus.SHIPPED].includes(current_status as OrderStatus.PROCESSED),
    );
    expect(underWay.length).toBeGreaterThan(0);
  });

  test('the steps of each order lead from its creation to what it is, in time', () => {
    for (const order of data.device_order) {
      const steps = ofOrder(data.order_event, order);
      expect(steps[0]).toMatchObject({ status: OrderStatus.CREATED, at: order.created_at });
      expect(steps.at(-1)).toMatchObject({ status: order.current_status, at: order.updated_at });
      steps.slice(1).forEach((step, index) => {
        expect(FOLLOWING[steps[index]!.status]).toContain(step.status);
        expect(step.at.getTime()).toBeGreaterThanOrEqual(steps[index]!.at.getTime());
      });
    }
  });

  test('an order that was processed has the devices that it asks for, from warehouses', () => {
    for (const order of data.device_order) {
      const processed = ofOrder(data.order_event, order).some(({ status }) => status === OrderStatus.PROCESSED);
      const outbound = ofOrder(data.order_device, order).filter(({ leg }) => leg === ShipmentLeg.OUTBOUND);
      for (const item of ofOrder(data.order_item, order)) {
        const ofItem = outbound.filter(({ device_id }) => data.device[device_id - 1]!.item_id === item.item_id);
        expect(ofItem).toHaveLength(processed ? item.count : 0);
      }
      for (const { warehouse_customer_id, warehouse_id } of outbound) {
        expect(warehouse_customer_id).toBe(0);
        expect(data.site[warehouse_id! - 1]!.customer_id).toBe(0);
      }
    }
  });

  test('a replacement expects one device back, of the item that it sends', () => {
    for (const order of data.device_order) {
      const back = ofOrder(data.order_device, order).filter(({ leg }) => leg === ShipmentLeg.RETURN);
      expect(back).toHaveLength(order.kind === OrderKind.REPLACEMENT ? 1 : 0);
      for (const { device_id } of back)
        expect(data.device[device_id - 1]!.item_id).toBe(ofOrder(data.order_item, order)[0]!.item_id);
    }
  });

  test('a device that is in an order, or on a return leg, stands in that order', () => {
    for (const { id, order_id, return_order_id } of data.device) {
      const legs = data.order_device.filter(({ device_id }) => device_id === id);
      if (order_id !== null) expect(legs).toContainEqual(expect.objectContaining({ order_id, leg: 'OUTBOUND' }));
      if (return_order_id !== null)
        expect(legs).toContainEqual(expect.objectContaining({ order_id: return_order_id, leg: 'RETURN' }));
    }
  });

  test('shipped orders have tracking numbers', () => {
    for (const order of data.device_order) {
      const shipped = ofOrder(data.order_event, order).some(({ status }) => status === OrderStatus.SHIPPED);
      expect(order.tracking_numbers.length > 0).toBe(shipped);
    }
  });
});

import type { ActorValue } from '../../platform/access/actor';
import { OrderKind, OrderStatus, ShipmentLeg } from '../../features/order/order-status';
import { IMPILO } from './catalog';
import type { DemoData, DeviceRow, OrderRow, PatientRow, SiteRow } from './demo-rows';
import type { Timeline } from './timeline';

export function isPatient(recipient: PatientRow | SiteRow): recipient is PatientRow {
  return 'archived' in recipient;
}

/** What is written down of each order: what it asks for, its devices and its steps. */
export class OrderBook {
  constructor(
    private readonly data: DemoData,
    private readonly timeline: Timeline,
  ) {}

  /** @param itemIds one for each unit */
  open(
    {
      kind,
      recipient,
      itemIds,
      note = null,
    }: {
      kind: OrderKind;
      recipient: PatientRow | SiteRow;
      itemIds: readonly number[];
      note?: string | null;
    },
    by: ActorValue,
  ): OrderRow {
    const { now } = this.timeline;
    const toPatient = isPatient(recipient);
    const id = this.data.device_order.length + 1;
    const order: OrderRow = {
      customer_id: recipient.customer_id,
      id,
      kind,
      current_status: OrderStatus.CREATED,
      patient_id: toPatient ? recipient.id : null,
      site_id: toPatient ? null : recipient.id,
      external_order_id: kind === OrderKind.STANDARD ? `PO-${String(20_000 + id)}` : null,
      ship_to: recipient.address,
      note,
      tracking_numbers: [],
      created_at: now,
      updated_at: now,
    };
    this.data.device_order.push(order);
    for (const [index, itemId] of [...new Set(itemIds)].entries()) {
      const count = itemIds.filter((one) => one === itemId).length;
      this.data.order_item.push({
        customer_id: order.customer_id,
        order_id: id,
        line: index + 1,
        item_id: itemId,
        count,
      });
    }
    this.tell(order, by, note);
    return order;
  }

  /** The order becomes something, by somebody. */
  advance(order: OrderRow, status: OrderStatus, by: ActorValue): void {
    order.current_status = status;
    order.updated_at = this.timeline.now;
    if (status === OrderStatus.SHIPPED) this.track(order);
    this.tell(order, by, null);
  }

  /** A device leaves a warehouse by the order. */
  send(order: OrderRow, device: DeviceRow, from: SiteRow): void {
    this.add(order, device, ShipmentLeg.OUTBOUND, from);
  }

  /** A device is to come back by the order. */
  expectBack(order: OrderRow, device: DeviceRow): void {
    this.add(order, device, ShipmentLeg.RETURN, null);
  }

  private add(order: OrderRow, device: DeviceRow, leg: ShipmentLeg, warehouse: SiteRow | null): void {
    this.data.order_device.push({
      customer_id: order.customer_id,
      order_id: order.id,
      device_id: device.id,
      leg,
      warehouse_customer_id: warehouse && IMPILO,
      warehouse_id: warehouse && warehouse.id,
    });
  }

  /** Made of the order's number, so that nothing else of the demo depends on it. */
  private track(order: OrderRow): void {
    const value = `1Z${String(order.id * 7_919_003)
      .padStart(16, '0')
      .slice(-16)}`;
    order.tracking_numbers = [{ carrier: 'UPS', value, leg: ShipmentLeg.OUTBOUND }];
    if (order.kind === OrderKind.REPLACEMENT)
      order.tracking_numbers.push({ carrier: 'UPS', value: value.replace('1Z', '1R'), leg: ShipmentLeg.RETURN });
  }

  private tell(order: OrderRow, by: ActorValue, note: string | null): void {
    this.data.order_event.push({
      customer_id: order.customer_id,
      order_id: order.id,
      id: this.data.order_event.length + 1,
      status: order.current_status,
      note,
      at: this.timeline.now,
      by_kind: by.kind,
      by_label: by.label,
    });
  }
}

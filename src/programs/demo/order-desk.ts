import type { ActorValue } from '../../platform/access/actor';
import { DeviceStatus, StatusChangeReason } from '../../features/device/device-status';
import { OrderKind, OrderStatus } from '../../features/order/order-status';
import { IMPILO } from './catalog';
import type { DemoData, DeviceRow, OrderRow, PatientRow, SiteRow } from './demo-rows';
import { OPERATOR, type DeviceLedger } from './device-ledger';
import { isPatient, OrderBook } from './order-book';
import type { Random } from './random';
import type { Timeline } from './timeline';

interface Delivery {
  recipient: PatientRow | SiteRow;
  by: ActorValue;
  /** Called for each device on its delivery. */
  onDelivered?: (device: DeviceRow) => void;
  /** Nobody cancels it, and it is processed at once. */
  certain?: boolean;
  /** It waits where the patient can fetch it, and the patient does not come. */
  notFetched?: boolean;
}

/** The devices are named, or taken from the stock of each item. */
export type OrderRequest = Delivery & ({ devices: readonly DeviceRow[] } | { itemIds: readonly number[] });

interface Dispatch {
  device: DeviceRow;
  from: SiteRow;
}

/** Orders from their creation to the delivery, and what is sent back; each step is planned on the timeline. */
export class OrderDesk {
  private readonly warehouses: readonly SiteRow[];
  private readonly book: OrderBook;

  constructor(
    data: DemoData,
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly ledger: DeviceLedger,
  ) {
    this.warehouses = data.site.filter((site) => site.customer_id === IMPILO);
    this.book = new OrderBook(data, timeline);
  }

  order(request: OrderRequest): void {
    const { recipient, by } = request;
    const itemIds = 'devices' in request ? request.devices.map(({ item_id }) => item_id) : request.itemIds;
    const order = this.book.open({ kind: OrderKind.STANDARD, recipient, itemIds }, by);
    if (request.certain) {
      this.process(order, request);
      return;
    }
    if (this.random.chance(0.02)) {
      this.timeline.after(0.1, () => {
        if (order.current_status === OrderStatus.CREATED) this.cancel(order, [], by);
      });
    }
    this.timeline.after(this.random.between(0.05, 1.5), () => this.process(order, request));
  }

  /** Sends a defective device back and another one of its item to where it was. Without stock nothing happens. */
  replace(defective: DeviceRow, delivery: Delivery): void {
    const replacement = this.ledger.findInStock(defective.customer_id, defective.item_id);
    if (!replacement) return;
    const { recipient, by } = delivery;
    const note = this.random.pick([
      'Readings drift',
      'Display does not turn on',
      'Battery lasts a day',
      'Does not connect any more',
    ]);
    const itemIds = [defective.item_id];
    const order = this.book.open({ kind: OrderKind.REPLACEMENT, recipient, itemIds, note }, by);
    this.book.expectBack(order, defective);
    this.ledger.change(
      defective,
      { status: DeviceStatus.RETURNING, site: null, patient: null, returnOrder: order },
      { reason: StatusChangeReason.REPLACED, by, note },
    );
    this.expectReturn(defective, 0.65);
    const dispatch = this.dispatch(order, replacement, recipient, by);
    this.book.advance(order, OrderStatus.PROCESSED, by);
    this.ship(order, [dispatch], delivery);
  }

  /** @param decommissioned the share of what is not worth restocking */
  expectReturn(device: DeviceRow, decommissioned: number): void {
    const { version } = device;
    const arrives = !this.random.chance(0.06);
    this.timeline.after(arrives ? this.random.between(9, 42) : 60, () => {
      if (device.version !== version) return;
      if (!arrives) {
        const note = 'Not returned after two reminders';
        this.ledger.change(
          device,
          { status: DeviceStatus.LOST },
          { reason: StatusChangeReason.STATUS_OVERRIDE, by: OPERATOR, note },
        );
        return;
      }
      const status = this.random.chance(decommissioned) ? DeviceStatus.DECOMMISSIONED : DeviceStatus.AVAILABLE;
      const note = status === DeviceStatus.AVAILABLE ? 'Cleaned and tested' : 'Failed the functional test';
      this.ledger.change(
        device,
        { status, site: this.random.pick(this.warehouses), returnOrder: null },
        { reason: StatusChangeReason.RETURN_RECEIVED, by: OPERATOR, note },
      );
    });
  }

  private process(order: OrderRow, request: OrderRequest): void {
    if (order.current_status !== OrderStatus.CREATED) return;
    const { recipient } = request;
    if (isPatient(recipient) ? recipient.archived : !recipient.active) {
      this.cancel(order, [], request.by);
      return;
    }
    const devices = 'devices' in request ? request.devices : this.takeFromStock(order.customer_id, request.itemIds);
    if (!devices) {
      this.timeline.after(5, () => this.process(order, request));
      return;
    }
    const dispatches = devices.map((device) => this.dispatch(order, device, recipient, OPERATOR));
    this.book.advance(order, OrderStatus.PROCESSED, OPERATOR);
    this.ship(order, dispatches, request);
  }

  /** All or nothing: an order waits until every item is in stock again. */
  private takeFromStock(customerId: number, itemIds: readonly number[]): DeviceRow[] | undefined {
    const devices: DeviceRow[] = [];
    for (const itemId of itemIds) {
      const device = this.ledger.findInStock(customerId, itemId, devices);
      if (!device) return undefined;
      devices.push(device);
    }
    return devices;
  }

  private dispatch(order: OrderRow, device: DeviceRow, recipient: PatientRow | SiteRow, by: ActorValue): Dispatch {
    const from = this.warehouses.find((warehouse) => warehouse.id === device.site_id)!;
    const patient = isPatient(recipient) ? recipient : null;
    this.book.send(order, device, from);
    this.ledger.change(
      device,
      { status: DeviceStatus.IN_TRANSIT, site: null, patient, order },
      { reason: StatusChangeReason.ORDER_PROCESSED, by },
    );
    return { device, from };
  }

  private ship(order: OrderRow, dispatches: Dispatch[], delivery: Delivery): void {
    if (delivery.notFetched) {
      this.timeline.after(0.3, () => this.book.advance(order, OrderStatus.SHIPPED, OPERATOR));
      this.timeline.after(2.4, () => this.book.advance(order, OrderStatus.AVAILABLE_FOR_PICKUP, OPERATOR));
      return;
    }
    if (order.kind === OrderKind.STANDARD && !delivery.certain && this.random.chance(0.03)) {
      this.timeline.after(0.2, () => this.cancel(order, dispatches, delivery.by));
      return;
    }
    this.timeline.after(this.random.between(0.2, 1.2), () => {
      if (order.current_status !== OrderStatus.PROCESSED) return;
      this.book.advance(order, OrderStatus.SHIPPED, OPERATOR);
      const toPickup = isPatient(delivery.recipient) && this.random.chance(0.12);
      this.timeline.after(this.random.between(2, 6), () => {
        if (!toPickup) {
          this.deliver(order, dispatches, delivery);
          return;
        }
        this.book.advance(order, OrderStatus.AVAILABLE_FOR_PICKUP, OPERATOR);
        this.timeline.after(this.random.between(0.5, 5), () => this.deliver(order, dispatches, delivery));
      });
    });
  }

  private deliver(order: OrderRow, dispatches: Dispatch[], { recipient, onDelivered }: Delivery): void {
    this.book.advance(order, OrderStatus.DELIVERED, OPERATOR);
    const cause = { reason: StatusChangeReason.ORDER_DELIVERED, by: OPERATOR };
    for (const { device } of dispatches) {
      if (device.order_id !== order.id) continue;
      const state = isPatient(recipient)
        ? { status: DeviceStatus.WITH_PATIENT, order: null }
        : { status: DeviceStatus.AVAILABLE_AT_SITE, site: recipient, order: null };
      this.ledger.change(device, state, cause);
      onDelivered?.(device);
    }
  }

  private cancel(order: OrderRow, dispatches: Dispatch[], by: ActorValue): void {
    if (order.current_status !== OrderStatus.CREATED && order.current_status !== OrderStatus.PROCESSED) return;
    this.book.advance(order, OrderStatus.CANCELLED, by);
    for (const { device, from } of dispatches) {
      if (device.order_id !== order.id) continue;
      this.ledger.change(
        device,
        { status: DeviceStatus.AVAILABLE, site: from, patient: null, order: null },
        { reason: StatusChangeReason.ORDER_CANCELLED, by },
      );
    }
  }
}

import { StatusChangeReason } from '../../features/device/device-status';
import { pickActor } from './care-programme';
import { ITEMS, type CatalogCustomer } from './catalog';
import type { DemoData, DeviceRow, SiteRow } from './demo-rows';
import type { DeviceLedger } from './device-ledger';
import type { OrderDesk } from './order-desk';
import type { Random } from './random';
import type { Timeline } from './timeline';

/** What happens to devices that nobody has: deliveries to the warehouses, stock of the sites, moves between them. */
export class StockProgramme {
  constructor(
    private readonly data: DemoData,
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly ledger: DeviceLedger,
    private readonly desk: OrderDesk,
  ) {}

  /** @param share of all that the customer ever buys, in each item's proportion */
  buy(customer: CatalogCustomer, share: number, warehouse: SiteRow): void {
    for (const item of ITEMS) {
      const count = Math.round(customer.deviceCount * item.share * share);
      for (let bought = 0; bought < count; bought++) this.ledger.register(customer.id, item, warehouse);
    }
  }

  /** Fills a site's cupboard now and then again every few weeks. */
  supply(customer: CatalogCustomer, site: SiteRow, count: number): void {
    if (!site.active) return;
    this.orderFor(customer, site, count);
    this.timeline.after(this.random.between(45, 75), () => this.supply(customer, site, this.random.integer(5, 10)));
  }

  orderFor(customer: CatalogCustomer, site: SiteRow, count: number, certainty: { certain?: boolean } = {}): void {
    const itemIds = Array.from({ length: count }, () => this.pickItem());
    this.desk.order({
      ...certainty,
      recipient: site,
      itemIds,
      by: pickActor(customer, this.random),
      onDelivered: (device) => this.checkLater(customer, device, site),
    });
  }

  /** A device goes to another site, where it is needed more. */
  rebalance(customer: CatalogCustomer): void {
    const sites = this.data.site.filter((site) => site.customer_id === customer.id && site.active);
    const from = this.random.pick(sites);
    const device = this.ledger.listAtSite(from).at(-1);
    if (device) this.move(customer, device, this.random.pick(sites.filter((site) => site !== from)), null);
  }

  /** Its cupboard is emptied but for the last two devices, which nobody has looked for yet. */
  close(customer: CatalogCustomer, site: SiteRow, successor: SiteRow): void {
    for (const device of this.ledger.listAtSite(site).slice(0, -2))
      this.move(customer, device, successor, 'Clinic closed');
    site.active = false;
    site.updated_at = this.timeline.now;
  }

  private move(customer: CatalogCustomer, device: DeviceRow, site: SiteRow, note: string | null): void {
    this.ledger.change(
      device,
      { site },
      { reason: StatusChangeReason.ASSOCIATED_WITH_SITE, by: pickActor(customer, this.random), note },
    );
  }

  /** Some turn out to be defective while they still lie at the site. */
  private checkLater(customer: CatalogCustomer, device: DeviceRow, site: SiteRow): void {
    if (!this.random.chance(0.05)) return;
    const { version } = device;
    this.timeline.after(this.random.between(10, 90), () => {
      if (device.version !== version || !site.active) return;
      this.desk.replace(device, { recipient: site, by: pickActor(customer, this.random) });
    });
  }

  private pickItem(): number {
    let left = this.random.next();
    return (ITEMS.find((item) => (left -= item.share) < 0) ?? ITEMS[0]!).id;
  }
}

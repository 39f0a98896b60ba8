import { CareProgramme, pickActor } from './care-programme';
import {
  CLOSED_SITE,
  CUFF,
  CUSTOMERS,
  IMPILO,
  ITEMS,
  LAKEVIEW,
  MAIN_SITE,
  NORTHSIDE,
  PEAK_FLOW_METER,
  SITES,
} from './catalog';
import type { CatalogCustomer } from './catalog';
import type { DemoData, DeviceRow, PatientRow, SiteRow } from './demo-rows';
import { DeviceLedger } from './device-ledger';
import { OrderDesk } from './order-desk';
import { createPatient, dealLocalities, fictitiousPhoneNumber } from './patients';
import { Random } from './random';
import { ReadingProgramme } from './reading-programme';
import { StockProgramme } from './stock-programme';
import { DAY_MS, Timeline } from './timeline';

/** Fourteen months. */
const HISTORY_DAYS = 425;

/** When, in days from the start, how much of all that a customer ever buys is delivered. */
const PURCHASES: readonly [day: number, share: number][] = [
  [0.6, 0.22],
  [35.6, 0.12],
  [77.6, 0.12],
  [126.6, 0.12],
  [175.6, 0.1],
  [224.6, 0.1],
  [273.6, 0.08],
  [322.6, 0.06],
  [371.6, 0.05],
  [413.6, 0.03],
];

/**
 * The demo data: fourteen months of two customers, lived through step by step by the rules of domain.md, and what their patients
 * measured in the last 90 days.
 *
 * It ends with the working week before `now`, and is the same whenever it is made but for its times, which are whole weeks later.
 */
export function buildDemoData(now: Date): DemoData {
  return new DemoWorld(endOfLastWorkingWeek(now)).build();
}

const WEEK_MS = 7 * DAY_MS;
/** 1970-01-03, the first Saturday that Unix time knows. */
const FIRST_SATURDAY_MS = 2 * DAY_MS;

/** The last Saturday, 00:00 UTC: nobody works at the weekend, so on which day one begins makes a difference. */
function endOfLastWorkingWeek(now: Date): Date {
  return new Date(now.getTime() - ((now.getTime() - FIRST_SATURDAY_MS) % WEEK_MS));
}

class DemoWorld {
  private readonly startMs: number;
  private readonly people = new Random(20);
  private readonly events = new Random(7);
  private readonly timeline: Timeline;
  private readonly data: DemoData;
  private readonly ledger: DeviceLedger;
  private readonly stock: StockProgramme;
  private readonly desk: OrderDesk;
  private readonly care: CareProgramme;
  /** Those of the tour: the device, and the patients who have something to show. */
  private readonly tour: { devices: DeviceRow[]; patients: PatientRow[] } = { devices: [], patients: [] };

  constructor(private readonly now: Date) {
    this.startMs = now.getTime() - (now.getTime() % DAY_MS) - HISTORY_DAYS * DAY_MS;
    this.timeline = new Timeline(this.startMs, this.events);
    this.data = {
      customer: CUSTOMERS.map(({ id, name }) => ({ id, name, created_at: this.dateOf(-20) })),
      item: ITEMS.map(({ serialPrefix: _prefix, cellular: _cellular, share: _share, ...row }) => row),
      site: SITES.map(({ customerId, name, areaCode, address }, index) => ({
        customer_id: customerId,
        id: index + 1,
        name,
        active: true,
        phone_number: fictitiousPhoneNumber(areaCode, this.people),
        address,
        created_at: this.dateOf(index / 2 - 19),
        updated_at: this.dateOf(index / 2 - 19),
      })),
      patient: [],
      device_order: [],
      order_item: [],
      device: [],
      device_identifier: [],
      device_association: [],
      device_status_change: [],
      order_device: [],
      order_event: [],
      reading: [],
    };
    this.ledger = new DeviceLedger(this.data, this.timeline, new Random(33));
    this.desk = new OrderDesk(this.data, this.timeline, this.events, this.ledger);
    this.stock = new StockProgramme(this.data, this.timeline, this.events, this.ledger, this.desk);
    this.care = new CareProgramme(this.data, this.timeline, this.events, this.ledger, this.desk);
  }

  build(): DemoData {
    this.planExamples();
    for (const customer of CUSTOMERS) {
      this.planPurchases(customer);
      this.planSites(customer);
      this.planPatients(customer);
    }
    this.planClosure();
    this.planLatestDays();
    this.timeline.run(this.now.getTime());
    this.data.reading = new ReadingProgramme(this.data, this.now.getTime(), this.tour).run();
    return this.data;
  }

  /** What the guide's walkthrough relies on: device 1 is free at a site of Northside, and a patient can be given it. */
  private planExamples(): void {
    const northside = CUSTOMERS.find(({ id }) => id === NORTHSIDE)!;
    const site = this.siteNamed(MAIN_SITE);
    const locality = { city: 'Indianapolis', state: 'IN', zipCode: '46202', areaCode: '317' };
    this.at(0.55, () => {
      const device = this.ledger.register(
        NORTHSIDE,
        ITEMS.find(({ id }) => id === CUFF)!,
        this.warehouses()[0]!,
        'ABC123',
      );
      this.ledger.reserve(device);
      this.tour.devices.push(device);
      const by = pickActor(northside, this.events);
      this.at(1.58, () => this.desk.order({ recipient: site, devices: [device], by, certain: true }));
      this.at(7.6, () => {
        const common = { customer: northside, locality, site, now: this.timeline.now };
        const example = createPatient(this.data, this.people, { ...common, externalIdentifier: 'external-identifier' });
        this.care.begin(example, true);
        const earlierHolder = createPatient(this.data, this.people, common);
        this.care.begin(earlierHolder, true);
        this.tour.patients.push(example, earlierHolder);
        this.at(50.7, () => this.care.associate(device, earlierHolder));
        this.at(174.8, () => this.care.takeBack(device, site, 'Exchanged for a larger cuff'));
      });
    });
  }

  private planPurchases(customer: CatalogCustomer): void {
    PURCHASES.forEach(([day, share], index) => {
      const warehouse = this.warehouses()[index % 2]!;
      this.at(day + customer.id / 100, () => this.stock.buy(customer, share, warehouse));
    });
  }

  private planSites(customer: CatalogCustomer): void {
    const sites = this.data.site.filter((site) => site.customer_id === customer.id);
    sites.forEach((site, index) =>
      this.at(1.6 + index, () => this.stock.supply(customer, site, this.events.integer(14, 20))),
    );
    for (let day = 60; day < HISTORY_DAYS; day += 9) this.at(day + 0.65, () => this.stock.rebalance(customer));
  }

  private planPatients(customer: CatalogCustomer): void {
    const served = new Set(
      SITES.filter(({ customerId }) => customerId === customer.id).flatMap(({ states }) => states),
    );
    for (const locality of dealLocalities(customer, served, this.people)) {
      // More and more patients join: the share that has joined grows with the time to the power of 1.4.
      const day =
        9 + Math.floor((HISTORY_DAYS - 12) * this.people.next() ** (1 / 1.4)) + this.people.between(0.54, 0.92);
      const choice = this.people.next();
      this.at(day, () => {
        const site = this.siteFor(customer, locality.state, choice);
        const patient = createPatient(this.data, this.people, { customer, locality, site, now: this.timeline.now });
        this.care.begin(patient);
      });
    }
  }

  private planClosure(): void {
    const northside = CUSTOMERS.find(({ id }) => id === NORTHSIDE)!;
    this.at(300.7, () => this.stock.close(northside, this.siteNamed(CLOSED_SITE), this.siteNamed(MAIN_SITE)));
  }

  /** Enough is always under way, there and back, for a status board worth looking at. */
  private planLatestDays(): void {
    this.at(HISTORY_DAYS - 6.3, () => this.care.recall(LAKEVIEW, PEAK_FLOW_METER, 'Asthma pilot completed'));
    for (const customer of CUSTOMERS) {
      const site = this.data.site.find(({ customer_id: owner, active }) => owner === customer.id && active)!;
      this.at(HISTORY_DAYS - 2.3 + customer.id / 100, () => this.stock.orderFor(customer, site, 12, { certain: true }));
      this.at(HISTORY_DAYS - 4.3 + customer.id / 100, () => {
        const recipient = this.data.patient.findLast(
          (patient) => patient.customer_id === customer.id && !patient.archived,
        )!;
        this.desk.order({
          recipient,
          itemIds: [CUFF],
          by: pickActor(customer, this.events),
          certain: true,
          notFetched: true,
        });
      });
      // Shipping takes hours, so these devices wait for it.
      this.timeline.at(this.now.getTime() - 70 * 60_000 + customer.id, () =>
        this.stock.orderFor(customer, site, 2, { certain: true }),
      );
      // Processing takes more than an hour, so this one still waits for it.
      this.timeline.at(this.now.getTime() - 40 * 60_000 + customer.id, () => this.stock.orderFor(customer, site, 3));
    }
  }

  /** One that serves the state and was open then; none for those who are cared for from afar. */
  private siteFor(customer: CatalogCustomer, state: string, choice: number): SiteRow | null {
    const names = SITES.filter(({ customerId, states }) => customerId === customer.id && states.includes(state)).map(
      ({ name }) => name,
    );
    const sites = this.data.site.filter(({ name, active }) => active && names.includes(name));
    return sites[Math.floor(choice * sites.length)] ?? null;
  }

  private siteNamed(name: string): SiteRow {
    return this.data.site.find((site) => site.name === name)!;
  }

  private warehouses(): SiteRow[] {
    return this.data.site.filter((site) => site.customer_id === IMPILO);
  }

  /** @param day from the start; the part behind the point is the time of day in UTC */
  private at(day: number, action: () => void): void {
    this.timeline.at(this.dateOf(day).getTime(), action);
  }

  private dateOf(day: number): Date {
    return new Date(Math.floor(this.startMs + day * DAY_MS));
  }
}

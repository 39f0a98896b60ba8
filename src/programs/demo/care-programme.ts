import { ActorKind, type ActorValue } from '../../platform/access/actor';
import { DeviceStatus, StatusChangeReason } from '../../features/device/device-status';
import { CUSTOMERS, ITEMS, KITS, MAIN_SITE, type CatalogCustomer } from './catalog';
import type { DemoData, DeviceRow, PatientRow, SiteRow } from './demo-rows';
import type { DeviceLedger } from './device-ledger';
import type { OrderDesk } from './order-desk';
import type { Random } from './random';
import type { Timeline } from './timeline';

const KEPT: readonly DeviceStatus[] = [DeviceStatus.DECOMMISSIONED, DeviceStatus.LOST];
const AWAY: readonly DeviceStatus[] = [DeviceStatus.IN_TRANSIT, DeviceStatus.LOST];

/** Somebody who works for the customer, or one of its systems. */
export function pickActor(customer: CatalogCustomer, random: Random): ActorValue {
  return random.chance(0.45)
    ? { kind: ActorKind.API_KEY, label: customer.keyLabel }
    : { kind: ActorKind.USER, label: random.pick(customer.users) };
}

/** What happens to patients and the devices that they have: kits, defects, losses, the end of a programme. */
export class CareProgramme {
  constructor(
    private readonly data: DemoData,
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly ledger: DeviceLedger,
    private readonly desk: OrderDesk,
  ) {}

  /** @param staying patients never leave, so that an example can count on them */
  begin(patient: PatientRow, staying = false): void {
    const kit = this.random.pick(KITS);
    if (this.random.chance(0.05) && !staying) return;
    const atSite = !staying && patient.site_id !== null && this.random.chance(0.45);
    this.timeline.after(this.random.between(0.2, 5), () =>
      atSite ? this.handOut(patient, kit) : this.send(patient, kit, staying),
    );
    if (this.random.chance(0.25)) {
      this.timeline.after(this.random.between(50, 200), () => this.extend(patient));
    }
    if (this.random.chance(0.3) && !staying) {
      this.timeline.after(this.random.between(60, 330), () => this.end(patient));
    }
  }

  /** A programme for all who have one item comes to its end. */
  recall(customerId: number, itemId: number, note: string): void {
    const held = this.data.device.filter(
      (device) =>
        device.customer_id === customerId &&
        device.item_id === itemId &&
        device.current_status === DeviceStatus.WITH_PATIENT,
    );
    for (const device of held) this.takeBack(device, undefined, note);
  }

  associate(device: DeviceRow, patient: PatientRow): void {
    this.ledger.change(
      device,
      { status: DeviceStatus.WITH_PATIENT, patient },
      {
        reason: StatusChangeReason.ASSOCIATED,
        by: this.actorOf(patient.customer_id),
        note: this.noteOf('Handed out at the visit'),
      },
    );
    this.meetFate(device, patient);
  }

  /** @param site where the device is from now on; its own when left out, and on its way back when it has none */
  takeBack(device: DeviceRow, site: SiteRow | undefined, note: string | null = null): void {
    const kept = KEPT.includes(device.current_status);
    const free = site || device.site_id !== null ? DeviceStatus.AVAILABLE_AT_SITE : DeviceStatus.RETURNING;
    this.ledger.change(
      device,
      { status: kept ? device.current_status : free, patient: null, order: null, ...(site && { site }) },
      { reason: StatusChangeReason.DISASSOCIATED, by: this.actorOf(device.customer_id), note },
    );
    if (device.current_status === DeviceStatus.RETURNING) this.desk.expectReturn(device, 0.15);
  }

  /** Gives out by hand what is there; the rest is sent. */
  private handOut(patient: PatientRow, itemIds: readonly number[]): void {
    const site = this.siteOf(patient);
    const missing: number[] = [];
    for (const itemId of itemIds) {
      const device = site?.active ? this.ledger.findAtSite(site, itemId) : undefined;
      if (device) this.associate(device, patient);
      else missing.push(itemId);
    }
    if (missing.length > 0) this.send(patient, missing);
  }

  private send(patient: PatientRow, itemIds: readonly number[], certain = false): void {
    if (patient.archived) return;
    this.desk.order({
      recipient: patient,
      certain,
      itemIds,
      by: this.actorOf(patient.customer_id),
      onDelivered: (device) => this.meetFate(device, patient),
    });
  }

  /** Adds something that the patient does not have yet. */
  private extend(patient: PatientRow): void {
    const held = new Set(this.ledger.listOfHolder(patient).map((device) => device.item_id));
    const wanted = ITEMS.filter((item) => !held.has(item.id));
    if (!patient.archived && wanted.length > 0) this.send(patient, [this.random.pick(wanted).id]);
  }

  private meetFate(device: DeviceRow, patient: PatientRow): void {
    if (this.ledger.isReserved(device)) return;
    const fate = this.random.next();
    const days = this.random.between(15, 240);
    const since = device.version;
    // Whatever happens to the device before that is its fate instead.
    const later = (action: () => void) => this.timeline.after(days, () => device.version === since && action());
    if (fate < 0.1) later(() => this.replace(device, patient));
    else if (fate < 0.17) later(() => this.lose(device, patient));
    else if (fate < 0.22) later(() => this.pause(device));
  }

  private replace(device: DeviceRow, patient: PatientRow): void {
    if (patient.archived) return;
    this.desk.replace(device, {
      recipient: patient,
      by: this.actorOf(device.customer_id),
      onDelivered: (replacement) => this.meetFate(replacement, patient),
    });
  }

  private lose(device: DeviceRow, patient: PatientRow): void {
    const note = this.random.pick([
      'Left behind on a journey',
      'Not found after moving house',
      'Patient cannot find it',
    ]);
    this.override(device, DeviceStatus.LOST, StatusChangeReason.STATUS_OVERRIDE, note);
    const { version } = device;
    const found = this.random.chance(0.2);
    this.timeline.after(this.random.between(2, 15), () => {
      if (device.version !== version) return;
      if (found) {
        this.override(device, DeviceStatus.WITH_PATIENT, StatusChangeReason.STATUS_OVERRIDE, 'Found again');
      } else if (this.random.chance(0.7)) {
        this.takeBack(device, undefined);
        this.send(patient, [device.item_id]);
      }
    });
  }

  private pause(device: DeviceRow): void {
    const note = this.random.pick([
      'Readings of somebody else in the household',
      'In hospital',
      'Implausible values, under review',
    ]);
    this.override(device, DeviceStatus.DECOMMISSIONED, StatusChangeReason.READINGS_DISABLED, note);
    const { version } = device;
    if (this.random.chance(0.4)) return;
    this.timeline.after(this.random.between(4, 30), () => {
      if (device.version !== version) return;
      this.override(device, DeviceStatus.WITH_PATIENT, StatusChangeReason.READINGS_ENABLED, null);
    });
  }

  private override(device: DeviceRow, status: DeviceStatus, reason: StatusChangeReason, note: string | null): void {
    this.ledger.change(device, { status }, { reason, by: this.actorOf(device.customer_id), note });
  }

  /** The patient leaves: what they had from a site goes back there, the rest to a warehouse. */
  private end(patient: PatientRow): void {
    const site = this.siteOf(patient);
    for (const device of this.ledger.listOfHolder(patient)) {
      const atHand = !AWAY.includes(device.current_status);
      const toSite = site && atHand && (device.site_id !== null || this.random.chance(0.25));
      this.takeBack(device, toSite ? site : undefined, this.noteOf('Programme completed'));
    }
    patient.archived = this.random.chance(0.65);
    patient.enrolled = false;
    patient.updated_at = this.timeline.now;
  }

  /** Where the patient's devices are kept: of a site that was closed, the customer's main one. */
  private siteOf(patient: PatientRow): SiteRow | undefined {
    const site = this.data.site.find(({ id }) => id === patient.site_id);
    return site && !site.active ? this.data.site.find(({ name }) => name === MAIN_SITE) : site;
  }

  private actorOf(customerId: number): ActorValue {
    return pickActor(
      CUSTOMERS.find(({ id }) => id === customerId)!,
      this.random,
    );
  }

  private noteOf(note: string): string | null {
    return this.random.chance(0.5) ? note : null;
  }
}

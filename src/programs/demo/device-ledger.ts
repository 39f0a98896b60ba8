import { ActorKind, type ActorValue } from '../../platform/access/actor';
import { DeviceStatus, StatusChangeReason } from '../../features/device/device-status';
import type { CatalogItem } from './catalog';
import { identify } from './device-identifiers';
import type { AssociationRow, DemoData, DeviceRow, OrderRow, PatientRow, SiteRow } from './demo-rows';
import type { Random } from './random';
import type { Timeline } from './timeline';

/** What a change leaves behind; what is left out stays. */
export interface DeviceState {
  status?: DeviceStatus;
  site?: SiteRow | null;
  patient?: PatientRow | null;
  order?: OrderRow | null;
  returnOrder?: OrderRow | null;
}

export interface Cause {
  reason: StatusChangeReason;
  by: ActorValue;
  note?: string | null;
}

/** The platform's own staff. */
export const OPERATOR: ActorValue = { kind: ActorKind.OPERATOR, label: 'Impilo fulfilment' };

/**
 * The devices with everything that is recorded of them. Each change goes through `change`, so that device, associations and
 * history cannot disagree.
 */
export class DeviceLedger {
  private readonly openAssociations = new Map<number, AssociationRow>();
  /** Whose place in the demo is written down, so nobody takes them by chance. */
  private readonly reserved = new Set<DeviceRow>();

  constructor(
    private readonly data: DemoData,
    private readonly timeline: Timeline,
    private readonly random: Random,
  ) {}

  /** @param serial one at random when it is left out */
  register(customerId: number, item: CatalogItem, warehouse: SiteRow, serial?: string): DeviceRow {
    const now = this.timeline.now;
    const device: DeviceRow = {
      customer_id: customerId,
      id: this.data.device.length + 1,
      item_id: item.id,
      current_status: DeviceStatus.AVAILABLE,
      status_changed_at: now,
      site_customer_id: null,
      site_id: null,
      patient_id: null,
      order_id: null,
      return_order_id: null,
      version: 0,
      created_at: now,
      updated_at: now,
    };
    this.data.device.push(device);
    this.data.device_identifier.push(...identify(device, item, this.random, serial));
    this.change(device, { site: warehouse }, { reason: StatusChangeReason.REGISTERED, by: OPERATOR });
    return device;
  }

  reserve(device: DeviceRow): void {
    this.reserved.add(device);
  }

  isReserved(device: DeviceRow): boolean {
    return this.reserved.has(device);
  }

  /** Only statuses, holders and sites make a version; leaving an order by itself does not. */
  change(device: DeviceRow, to: DeviceState, { reason, by, note = null }: Cause): void {
    const now = this.timeline.now;
    const before = { ...device };
    if (to.status) device.current_status = to.status;
    if (to.site !== undefined) {
      device.site_customer_id = to.site?.customer_id ?? null;
      device.site_id = to.site?.id ?? null;
    }
    if (to.patient !== undefined) device.patient_id = to.patient?.id ?? null;
    if (to.order !== undefined) device.order_id = to.order?.id ?? null;
    if (to.returnOrder !== undefined) device.return_order_id = to.returnOrder?.id ?? null;
    device.version += 1;
    device.updated_at = now;
    // A move of a device whose status stays is a change of the device, not of its status: so it is in the gateway too.
    if (device.current_status !== before.current_status) device.status_changed_at = now;
    if (device.patient_id !== before.patient_id) this.moveAssociation(device, now, by);
    const registered = before.version === 0;
    this.data.device_status_change.push({
      customer_id: device.customer_id,
      id: this.data.device_status_change.length + 1,
      device_id: device.id,
      device_version: device.version,
      previous_status: registered ? null : before.current_status,
      status: device.current_status,
      reason,
      note,
      patient_id: device.patient_id,
      previous_patient_id: before.patient_id,
      site_id: device.site_id,
      previous_site_id: before.site_id,
      changed_at: now,
      changed_by_kind: by.kind,
      changed_by_label: by.label,
    });
  }

  /** @param taken are not to be given a second time */
  findInStock(customerId: number, itemId: number, taken: readonly DeviceRow[] = []): DeviceRow | undefined {
    return this.data.device.find(
      (device) => this.isFree(device, customerId, itemId, DeviceStatus.AVAILABLE) && !taken.includes(device),
    );
  }

  findAtSite(site: SiteRow, itemId: number): DeviceRow | undefined {
    return this.data.device.find(
      (device) =>
        device.site_id === site.id && this.isFree(device, site.customer_id, itemId, DeviceStatus.AVAILABLE_AT_SITE),
    );
  }

  listAtSite(site: SiteRow): DeviceRow[] {
    return this.data.device.filter(
      (device) =>
        device.site_id === site.id &&
        device.current_status === DeviceStatus.AVAILABLE_AT_SITE &&
        !this.reserved.has(device),
    );
  }

  listOfHolder(patient: PatientRow): DeviceRow[] {
    return this.data.device.filter((device) => device.patient_id === patient.id);
  }

  private isFree(device: DeviceRow, customerId: number, itemId: number, status: DeviceStatus): boolean {
    return (
      device.current_status === status &&
      device.customer_id === customerId &&
      device.item_id === itemId &&
      !this.reserved.has(device)
    );
  }

  private moveAssociation(device: DeviceRow, now: Date, by: ActorValue): void {
    const ended = this.openAssociations.get(device.id);
    if (ended) {
      Object.assign(ended, { ended_at: now, ended_by_kind: by.kind, ended_by_label: by.label });
      this.openAssociations.delete(device.id);
    }
    if (device.patient_id === null) return;
    const started: AssociationRow = {
      customer_id: device.customer_id,
      id: this.data.device_association.length + 1,
      device_id: device.id,
      patient_id: device.patient_id,
      started_at: now,
      ended_at: null,
      started_by_kind: by.kind,
      started_by_label: by.label,
      ended_by_kind: null,
      ended_by_label: null,
    };
    this.data.device_association.push(started);
    this.openAssociations.set(device.id, started);
  }
}

import type { ActorKind } from '../../platform/access/actor';
import type { DeviceIdentifierType, DeviceStatus, StatusChangeReason } from '../../features/device/device-status';
import type { ReadingKind } from '../../features/kind/reading-kind';
import type { OrderKind, OrderStatus, ShipmentLeg } from '../../features/order/order-status';
import type { TrackingNumberValue } from '../../features/order/order.entity';
import type { Sex } from '../../features/patient/sex';
import type { AddressValue } from '../../platform/base/address';
import type { ReadingRow } from './reading-rows';

/** The demo data by table, the tables in an order in which they can be filled. Columns have their names in the database. */
export interface DemoData {
  customer: CustomerRow[];
  item: ItemRow[];
  site: SiteRow[];
  patient: PatientRow[];
  device_order: OrderRow[];
  order_item: OrderItemRow[];
  device: DeviceRow[];
  device_identifier: IdentifierRow[];
  device_association: AssociationRow[];
  device_status_change: StatusChangeRow[];
  order_device: OrderDeviceRow[];
  order_event: OrderEventRow[];
  reading: ReadingRow[];
}

export interface CustomerRow {
  id: number;
  name: string;
  created_at: Date;
}

export interface ItemRow {
  id: number;
  name: string;
  model: string;
  sku: string;
  manufacturer: string;
  reading_kinds: ReadingKind[];
}

export interface SiteRow {
  customer_id: number;
  id: number;
  name: string;
  active: boolean;
  phone_number: string;
  address: AddressValue;
  created_at: Date;
  updated_at: Date;
}

export interface PatientRow {
  customer_id: number;
  id: number;
  external_identifier: string | null;
  first_name: string;
  last_name: string;
  /** YYYY-MM-DD. */
  date_of_birth: string | null;
  sex: Sex | null;
  email: string | null;
  phone_number: string | null;
  address: AddressValue | null;
  time_zone: string | null;
  archived: boolean;
  enrolled: boolean;
  site_id: number | null;
  created_at: Date;
  updated_at: Date;
}

export interface OrderRow {
  customer_id: number;
  id: number;
  kind: OrderKind;
  current_status: OrderStatus;
  patient_id: number | null;
  site_id: number | null;
  external_order_id: string | null;
  ship_to: AddressValue | null;
  note: string | null;
  tracking_numbers: TrackingNumberValue[];
  created_at: Date;
  updated_at: Date;
}

export interface OrderItemRow {
  customer_id: number;
  order_id: number;
  line: number;
  item_id: number;
  count: number;
}

export interface OrderDeviceRow {
  customer_id: number;
  order_id: number;
  device_id: number;
  leg: ShipmentLeg;
  warehouse_customer_id: number | null;
  warehouse_id: number | null;
}

export interface OrderEventRow {
  customer_id: number;
  order_id: number;
  id: number;
  status: OrderStatus;
  note: string | null;
  at: Date;
  by_kind: ActorKind;
  by_label: string;
}

export interface DeviceRow {
  customer_id: number;
  id: number;
  item_id: number;
  current_status: DeviceStatus;
  status_changed_at: Date;
  site_customer_id: number | null;
  site_id: number | null;
  patient_id: number | null;
  order_id: number | null;
  return_order_id: number | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface IdentifierRow {
  customer_id: number;
  device_id: number;
  type: DeviceIdentifierType;
  value: string;
  normalized: string;
}

export interface AssociationRow {
  customer_id: number;
  id: number;
  device_id: number;
  patient_id: number;
  started_at: Date;
  ended_at: Date | null;
  started_by_kind: ActorKind;
  started_by_label: string;
  ended_by_kind: ActorKind | null;
  ended_by_label: string | null;
}

export interface StatusChangeRow {
  customer_id: number;
  id: number;
  device_id: number;
  device_version: number;
  previous_status: DeviceStatus | null;
  status: DeviceStatus;
  reason: StatusChangeReason;
  note: string | null;
  patient_id: number | null;
  previous_patient_id: number | null;
  site_id: number | null;
  previous_site_id: number | null;
  changed_at: Date;
  changed_by_kind: ActorKind;
  changed_by_label: string;
}

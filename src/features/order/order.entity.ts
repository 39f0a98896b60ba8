import { Column, Entity, ForeignKey, Unique } from '../../platform/db/entity';
import { ChangingRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/graphql/address.type';
import type { OrderKind, OrderStatus, ParcelDirection } from './order-status';

export interface ParcelValue {
  carrier: string | null;
  trackingNumber: string;
  trackingUrl: string | null;
  direction: ParcelDirection;
}

/** The table is not named `order`, which is a reserved word in SQL. */
@Entity('device_order')
@Unique('device_order_external_order_id_unique', ['customerId', 'externalOrderId'])
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'device_order_customer_id_fkey' })
@ForeignKey('PatientEntity', ['customerId', 'patientId'], ['customerId', 'id'], { name: 'device_order_patient' })
@ForeignKey('SiteEntity', ['customerId', 'siteId'], ['customerId', 'id'], { name: 'device_order_site' })
export class OrderEntity extends ChangingRow {
  @Column({ type: 'text' })
  kind: OrderKind;

  @Column({ name: 'current_status', type: 'text' })
  currentStatus: OrderStatus;

  /** Exactly one of `patientId` and `siteId` is set. */
  @Column({ name: 'patient_id', type: 'bigint', nullable: true })
  patientId: string | null;

  @Column({ name: 'site_id', type: 'bigint', nullable: true })
  siteId: string | null;

  @Column({ name: 'external_order_id', type: 'text', nullable: true })
  externalOrderId: string | null;

  /** Address of the recipient when the order was created. */
  @Column({ name: 'ship_to', type: 'jsonb', nullable: true })
  shipTo: AddressValue | null;

  /** Each parcel also has an event of the order, with actor and time. */
  @Column({ type: 'jsonb', default: [] })
  parcels: ParcelValue[];

  @Column({ type: 'integer', default: 1 })
  version: number;
}

export const orderTable = new Table(OrderEntity);

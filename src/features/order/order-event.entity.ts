import { Column, Entity, ForeignKey, PrimaryColumn } from '../../platform/db/entity';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { ActorKind } from '../../platform/access/actor';
import type { OrderStatus } from './order-status';
import type { ParcelValue } from './order.entity';

/** An event of an order. Its type determines which columns are null. */
@Entity('order_event')
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'order_event_order' })
export class OrderEventEntity extends CustomerRow {
  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  /** GraphQL type of the event. Resolves the interface `OrderEvent`. */
  @Column({ name: 'type', type: 'text' })
  __typename: 'OrderStatusChange' | 'OrderParcelAdded';

  /** Null for the event that created the order. */
  @Column({ name: 'previous_status', type: 'text', nullable: true })
  previousStatus: OrderStatus | null;

  @Column({ type: 'text', nullable: true })
  status: OrderStatus | null;

  @Column({ type: 'jsonb', nullable: true })
  parcel: ParcelValue | null;

  @Column({ type: 'text', nullable: true })
  note: string | null;

  @Column({ name: 'at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  occurredAt: Date;

  @Column({ name: 'by_kind', type: 'text' })
  actorKind: ActorKind;

  @Column({ name: 'by_label', type: 'text' })
  actorLabel: string;

  @Column({ name: 'by_api_key_id', type: 'bigint', nullable: true })
  actorApiKeyId: string | null;
}

/** The status of the order changed. */
export type StatusChangeRow = OrderEventEntity & { status: OrderStatus };

/** A parcel was added to the order. */
export type ParcelAddedRow = OrderEventEntity & { parcel: ParcelValue };

export const isStatusChange = (event: OrderEventEntity): event is StatusChangeRow => event.status !== null;
export const isParcelAdded = (event: OrderEventEntity): event is ParcelAddedRow => event.parcel !== null;

export const orderEventTable = new Table(OrderEventEntity);

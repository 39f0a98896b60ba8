import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { ActorKind } from '../../platform/access/actor';
import type { OrderStatus } from './order-status';

/** One step of an order. */
@Entity('order_event')
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'order_event_order' })
export class OrderEventEntity extends CustomerRow {
  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  @Column({ type: 'text' })
  status: OrderStatus;

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

export const orderEventTable = new Table(OrderEventEntity);

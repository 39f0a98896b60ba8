import { Column, Entity, ForeignKey, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { Table } from '../../platform/db/table';
import type { ActorKind } from '../../platform/access/actor';
import type { OrderStatus } from './order-status';

/** One step of an order. */
@Entity('order_event')
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'order_event_order' })
export class OrderEventEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column({ type: 'text' })
  status: OrderStatus;

  @Column({ type: 'text', nullable: true })
  note: string | null;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  at: Date;

  @Column({ name: 'by_kind', type: 'text' })
  byKind: ActorKind;

  @Column({ name: 'by_label', type: 'text' })
  byLabel: string;
}

export const orderEventTable = new Table(OrderEventEntity);

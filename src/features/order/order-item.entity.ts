import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Table } from '../../platform/db/table';

/** How many units of an item an order asks for; an item stands in an order once. */
@Entity('order_item')
export class OrderItemEntity {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  /** From 1 on, in the order of the input. */
  @PrimaryColumn({ type: 'smallint' })
  line: number;

  @Column({ name: 'item_id', type: 'bigint' })
  itemId: string;

  @Column({ type: 'integer' })
  count: number;
}

export const orderItemTable = new Table(OrderItemEntity);

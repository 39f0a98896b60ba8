import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from '../../platform/db/entity';
import { OwnedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';

/** A requested quantity of one item. An order has at most one line per item. */
@Entity('order_item')
@Unique('order_item_once', ['customerId', 'orderId', 'itemId'])
@ForeignKey('ItemEntity', ['itemId'], ['id'], { name: 'order_item_item_id_fkey' })
@ForeignKey('OrderEntity', ['customerId', 'orderId'], ['customerId', 'id'], { name: 'order_item_order' })
export class OrderLineEntity extends OwnedRow {
  @PrimaryColumn({ name: 'order_id', type: 'bigint' })
  orderId: string;

  /** Counts from 1, in input order. */
  @PrimaryColumn({ type: 'smallint' })
  line: number;

  @Column({ name: 'item_id', type: 'bigint' })
  itemId: string;

  @Column({ name: 'count', type: 'integer' })
  quantity: number;
}

export const orderLineTable = new Table(OrderLineEntity);

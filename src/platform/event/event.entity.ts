import { Column, Entity, ForeignKey } from 'typeorm';
import { CreatedRow } from '../db/customer-row.entity';
import { Table } from '../db/table';

/** A row of the outbox: written in the transaction it describes; `position` is assigned after commit. */
@Entity('event')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'event_customer_id_fkey' })
export class EventEntity extends CreatedRow {
  /** Its position in the one order that all readers follow, gapless; null until it is sequenced. */
  @Column({ type: 'bigint', nullable: true })
  position: string | null;

  /** In the words of webhooks, e.g. `device.statusChanged`. */
  @Column({ type: 'text' })
  type: string;

  @Column({ type: 'jsonb' })
  payload: Record<string, unknown>;
}

export const eventTable = new Table(EventEntity);

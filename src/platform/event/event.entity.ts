import { Column, Entity, ForeignKey } from '../db/entity';
import { CreatedRow } from '../db/customer-row.entity';
import { Table } from '../db/table';

/** A row of the outbox: written in the transaction it describes; `position` is assigned after commit. */
@Entity('event')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'event_customer_id_fkey' })
export class EventEntity extends CreatedRow {
  /** Position in the stream, the same for all readers and without gaps. Null until the event is sequenced. */
  @Column({ type: 'bigint', nullable: true })
  position: string | null;

  /** Type as named by webhooks, e.g. `device.statusChanged`. */
  @Column({ type: 'text' })
  type: string;

  @Column({ type: 'jsonb' })
  payload: Record<string, unknown>;
}

export const eventTable = new Table(EventEntity);

import { Column, Entity, ForeignKey, PrimaryColumn } from '../../platform/db/entity';
import { OwnedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';

/** An event of a customer with webhooks, whose deliveries are not planned yet. */
@Entity('webhook_event')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'webhook_event_customer_id_fkey' })
export class WebhookEventEntity extends OwnedRow {
  /** Id of the event. */
  @PrimaryColumn({ type: 'bigint' })
  id: string;

  /** Position in the stream. The events of a customer are planned in this order. */
  @Column({ type: 'bigint' })
  position: string;

  @Column({ type: 'text' })
  type: string;

  /** JSON. Lists do not read it: it has health data, and may be large. */
  @Column({ type: 'text', select: false })
  payload: string;

  /** Webhooks that were active and received the type when the event was queued. */
  @Column({ name: 'webhook_ids', type: 'bigint', array: true })
  webhookIds: string[];

  /** Number of its messages whose deliveries exist. */
  @Column({ name: 'messages_planned', type: 'integer', default: 0 })
  messagesPlanned: number;

  /** Null while it waits, like `error`. */
  @Column({ name: 'set_aside_at', type: 'timestamptz', precision: 3, nullable: true })
  setAsideAt: Date | null;

  /** Why the planning failed, without contents of the event. */
  @Column({ type: 'text', nullable: true })
  error: string | null;

  /** Versions of the event catalog, see EventCatalog, that could not read it. Null when there is none. */
  @Column({ name: 'unreadable_by', type: 'text', array: true, nullable: true })
  unreadableBy: string[] | null;

  /** When it was queued. */
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}

export const webhookEventTable = new Table(WebhookEventEntity);

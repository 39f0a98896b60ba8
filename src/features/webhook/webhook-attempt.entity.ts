import { Column, Entity, ForeignKey } from '../../platform/db/entity';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';

/** One attempt to send a delivery, and its result. */
@Entity('webhook_attempt')
@ForeignKey('WebhookDeliveryEntity', ['customerId', 'deliveryId'], ['customerId', 'id'], {
  name: 'webhook_attempt_delivery',
  onDelete: 'CASCADE',
})
export class WebhookAttemptEntity extends CustomerRow {
  @Column({ name: 'delivery_id', type: 'bigint' })
  deliveryId: string;

  @Column({ name: 'at', type: 'timestamptz', precision: 3 })
  startedAt: Date;

  /** HTTP status. Null when there was no response. */
  @Column({ name: 'response_status', type: 'integer', nullable: true })
  responseStatus: number | null;

  /** The first 1,024 characters. */
  @Column({ name: 'response_body', type: 'text', nullable: true })
  responseBody: string | null;

  @Column({ name: 'duration_ms', type: 'integer' })
  durationMs: number;

  /** Reason for the failure. Null for a success. */
  @Column({ type: 'text', nullable: true })
  error: string | null;
}

export const webhookAttemptTable = new Table(WebhookAttemptEntity);

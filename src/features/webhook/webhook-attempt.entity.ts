import { Column, Entity, ForeignKey } from 'typeorm';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';

/** One try of a delivery, and what came of it. */
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

  /** The HTTP status; null when there was no answer. */
  @Column({ name: 'response_status', type: 'integer', nullable: true })
  responseStatus: number | null;

  /** The first 1,024 characters. */
  @Column({ name: 'response_body', type: 'text', nullable: true })
  responseBody: string | null;

  @Column({ name: 'duration_ms', type: 'integer' })
  durationMs: number;

  /** Why there was no answer, or why it does not count; null for a success. */
  @Column({ type: 'text', nullable: true })
  error: string | null;
}

export const webhookAttemptTable = new Table(WebhookAttemptEntity);

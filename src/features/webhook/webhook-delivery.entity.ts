import { Column, Entity, ForeignKey, Unique } from '../../platform/db/entity';
import { CreatedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { WebhookDeliveryStatus } from './webhook-delivery-status';
import type { WebhookEventType } from './webhook-event-type';

/** One message to one webhook. */
@Entity('webhook_delivery')
@Unique('webhook_delivery_once', ['customerId', 'webhookId', 'eventId'])
@ForeignKey('WebhookEntity', ['customerId', 'webhookId'], ['customerId', 'id'], {
  name: 'webhook_delivery_webhook',
  onDelete: 'CASCADE',
})
export class WebhookDeliveryEntity extends CreatedRow {
  @Column({ name: 'webhook_id', type: 'bigint' })
  webhookId: string;

  /** In the header webhook-id and in the body. The same in every attempt. */
  @Column({ name: 'message_id', type: 'text' })
  eventId: string;

  @Column({ name: 'event_type', type: 'text' })
  eventType: WebhookEventType;

  /** The body, byte for byte as it is signed. */
  @Column({ type: 'text' })
  payload: string;

  /** Requested by sendTestWebhook. Sent even while the webhook is disabled. */
  @Column({ name: 'is_test', type: 'boolean', default: false })
  isTest: boolean;

  @Column({ type: 'text', default: 'PENDING' })
  status: WebhookDeliveryStatus;

  /** Not null exactly while it is PENDING. */
  @Column({ name: 'next_attempt_at', type: 'timestamptz', precision: 3, nullable: true })
  nextAttemptAt: Date | null;

  /** End of the lease of the attempt in flight. After it, the attempt counts as lost. */
  @Column({ name: 'claimed_until', type: 'timestamptz', precision: 3, nullable: true })
  claimedUntil: Date | null;

  /** Failed attempts since the delivery was created, or since its last retry was requested. */
  @Column({ type: 'integer', default: 0 })
  failures: number;
}

export const webhookDeliveryTable = new Table(WebhookDeliveryEntity);

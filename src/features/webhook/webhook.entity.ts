import { Column, Entity, ForeignKey } from 'typeorm';
import { CreatedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { WebhookDisabledReason } from './webhook-disabled-reason';
import type { WebhookEventType } from './webhook-event-type';

@Entity('webhook')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'webhook_customer_id_fkey' })
export class WebhookEntity extends CreatedRow {
  @Column({ type: 'text' })
  url: string;

  @Column({ name: 'event_types', type: 'text', array: true })
  eventTypes: WebhookEventType[];

  @Column({ type: 'boolean', default: true })
  active: boolean;

  /** With the reason; both are null while it is active. */
  @Column({ name: 'disabled_at', type: 'timestamptz', precision: 3, nullable: true })
  disabledAt: Date | null;

  @Column({ name: 'disabled_reason', type: 'text', nullable: true })
  disabledReason: WebhookDisabledReason | null;

  /** Encrypted, see SecretCipher. */
  @Column({ type: 'bytea' })
  secret: Buffer;

  /** The one before the last rotation; signs too, until then. */
  @Column({ name: 'previous_secret', type: 'bytea', nullable: true })
  previousSecret: Buffer | null;

  @Column({ name: 'previous_secret_until', type: 'timestamptz', precision: 3, nullable: true })
  previousSecretUntil: Date | null;

  /** Since when no delivery has succeeded; null after one that has. */
  @Column({ name: 'failing_since', type: 'timestamptz', precision: 3, nullable: true })
  failingSince: Date | null;
}

export const webhookTable = new Table(WebhookEntity);

import { Column, Entity, ForeignKey } from '../../platform/db/entity';
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

  /** Null while the webhook is active, like `disabledReason`. */
  @Column({ name: 'disabled_at', type: 'timestamptz', precision: 3, nullable: true })
  disabledAt: Date | null;

  @Column({ name: 'disabled_reason', type: 'text', nullable: true })
  disabledReason: WebhookDisabledReason | null;

  /** Encrypted, see SecretCipher. */
  @Column({ type: 'bytea' })
  secret: Buffer;

  /** The secret before the last rotation. Deliveries are signed with it too until `previousSecretUntil`. */
  @Column({ name: 'previous_secret', type: 'bytea', nullable: true })
  previousSecret: Buffer | null;

  @Column({ name: 'previous_secret_until', type: 'timestamptz', precision: 3, nullable: true })
  previousSecretUntil: Date | null;

  /** Time of the first failure after the last success. Null while attempts succeed. */
  @Column({ name: 'failing_since', type: 'timestamptz', precision: 3, nullable: true })
  failingSince: Date | null;

  /** Null unless it was deleted by a caller. Then its rows are deleted in portions, and no list has them. */
  @Column({ name: 'removed_at', type: 'timestamptz', precision: 3, nullable: true })
  removedAt: Date | null;
}

export const webhookTable = new Table(WebhookEntity);

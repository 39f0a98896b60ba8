import { Column } from '../../platform/db/entity';
import type { ActorKind } from '../../platform/access/actor';
import { CustomerRow } from '../../platform/db/customer-row.entity';

/** One change in the history of a device. */
export abstract class DeviceChangeRow extends CustomerRow {
  /** Event of the change, for stream cursors. Stays when the event is pruned. */
  @Column({ name: 'event_id', type: 'bigint', default: () => `nextval('event_id_seq')` })
  eventId: string;

  @Column({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @Column({ name: 'device_version', type: 'integer' })
  deviceVersion: number;

  @Column({ type: 'text', nullable: true })
  note: string | null;

  @Column({ name: 'changed_at', type: 'timestamptz', precision: 3 })
  occurredAt: Date;

  @Column({ name: 'changed_by_kind', type: 'text' })
  actorKind: ActorKind;

  @Column({ name: 'changed_by_label', type: 'text' })
  actorLabel: string;

  @Column({ name: 'changed_by_api_key_id', type: 'bigint', nullable: true })
  actorApiKeyId: string | null;
}

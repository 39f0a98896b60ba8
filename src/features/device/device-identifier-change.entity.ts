import { Column, Entity, ForeignKey, Unique } from 'typeorm';
import type { ActorKind } from '../../platform/access/actor';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { DeviceIdentifierType } from './device-status';

/** An identifier that a change added (`previousValue` is null), replaced or removed (`value` is null). */
export interface ChangedIdentifier {
  type: DeviceIdentifierType;
  previousValue: string | null;
  value: string | null;
}

@Entity('device_identifier_change')
@Unique('device_identifier_change_version', ['customerId', 'deviceId', 'deviceVersion'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], {
  name: 'device_identifier_change_device',
})
export class DeviceIdentifierChangeEntity extends CustomerRow {
  /** Event of the change, for stream cursors. Stays when the event is pruned. */
  @Column({ name: 'event_id', type: 'bigint', default: () => `nextval('event_id_seq')` })
  eventId: string;

  @Column({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @Column({ name: 'device_version', type: 'integer' })
  deviceVersion: number;

  /** At least one, each of another type. */
  @Column({ type: 'jsonb' })
  changes: ChangedIdentifier[];

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

export const deviceIdentifierChangeTable = new Table(DeviceIdentifierChangeEntity);

import { Column, Entity, ForeignKey, Unique } from '../../platform/db/entity';
import { Table } from '../../platform/db/table';
import { DeviceChangeRow } from './device-change-row.entity';
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
export class DeviceIdentifierChangeEntity extends DeviceChangeRow {
  /** At least one, each of another type. */
  @Column({ type: 'jsonb' })
  changes: ChangedIdentifier[];
}

export const deviceIdentifierChangeTable = new Table(DeviceIdentifierChangeEntity);

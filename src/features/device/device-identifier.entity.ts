import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from '../../platform/db/entity';
import { OwnedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { DeviceIdentifierType } from './device-status';

@Entity('device_identifier')
@Unique('device_identifier_unique', ['normalized'])
@ForeignKey('DeviceEntity', ['customerId', 'deviceId'], ['customerId', 'id'], { name: 'device_identifier_device' })
export class DeviceIdentifierEntity extends OwnedRow {
  @PrimaryColumn({ name: 'device_id', type: 'bigint' })
  deviceId: string;

  @PrimaryColumn({ type: 'text' })
  type: DeviceIdentifierType;

  @Column({ type: 'text' })
  value: string;

  /** The key for comparison, see device-identifier-forms.ts. Unique across the platform. */
  @Column({ type: 'text', collation: 'C' })
  normalized: string;
}

export const deviceIdentifierTable = new Table(DeviceIdentifierEntity);

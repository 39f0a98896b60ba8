import { ApiKeyEntity } from './access/api-key.entity';
import { CustomerEntity } from './access/customer.entity';
import { DeviceActivityEntity } from './device/device-activity.entity';
import { DeviceAssociationEntity } from './device/device-association.entity';
import { DeviceIdentifierEntity } from './device/device-identifier.entity';
import { DeviceStatusChangeEntity } from './device/device-status-change.entity';
import { DeviceEntity } from './device/device.entity';
import { EventEntity } from './event/event.entity';
import { ItemEntity } from './item/item.entity';
import { PatientActivityEntity } from './patient/patient-activity.entity';
import { PatientEntity } from './patient/patient.entity';
import { ReadingEntity } from './reading/reading.entity';
import { SiteEntity } from './site/site.entity';

/** Every table that the gateway reads or writes; a test compares their columns with the migrated database. */
export const ENTITIES = [
  ApiKeyEntity,
  CustomerEntity,
  DeviceActivityEntity,
  DeviceAssociationEntity,
  DeviceEntity,
  DeviceIdentifierEntity,
  DeviceStatusChangeEntity,
  EventEntity,
  ItemEntity,
  PatientActivityEntity,
  PatientEntity,
  ReadingEntity,
  SiteEntity,
];

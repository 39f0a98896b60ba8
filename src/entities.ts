import { ApiKeyEntity } from './access/api-key.entity';
import { CustomerEntity } from './access/customer.entity';
import { DeviceActivityEntity } from './device/device-activity.entity';
import { DeviceAssociationEntity } from './device/device-association.entity';
import { DeviceIdentifierEntity } from './device/device-identifier.entity';
import { DeviceStatusChangeEntity } from './device/device-status-change.entity';
import { DeviceEntity } from './device/device.entity';
import { EventEntity } from './event/event.entity';
import { ItemEntity } from './item/item.entity';
import { OrderDeviceEntity } from './order/order-device.entity';
import { OrderEventEntity } from './order/order-event.entity';
import { OrderItemEntity } from './order/order-item.entity';
import { OrderEntity } from './order/order.entity';
import { PatientActivityEntity } from './patient/patient-activity.entity';
import { PatientEntity } from './patient/patient.entity';
import { ReadingEntity } from './reading/reading.entity';
import { SiteEntity } from './site/site.entity';

import { WebhookAttemptEntity } from './webhook/webhook-attempt.entity';
import { WebhookDeliveryEntity } from './webhook/webhook-delivery.entity';
import { WebhookEntity } from './webhook/webhook.entity';

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
  OrderDeviceEntity,
  OrderEntity,
  OrderEventEntity,
  OrderItemEntity,
  PatientActivityEntity,
  PatientEntity,
  ReadingEntity,
  SiteEntity,
  WebhookAttemptEntity,
  WebhookDeliveryEntity,
  WebhookEntity,
];

import type { Feature } from '../../platform/graphql/feature';
import { DeviceAssociationEntity } from './device-association.entity';
import { associationById, statusChangeById } from './device-history.list';
import './device-history.resolver';
import { DeviceIdentifierEntity } from './device-identifier.entity';
import { DeviceMutations } from './device-mutations.resolver';
import { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceStatusSubscription } from './device-status.subscription';
import { DEVICE_EVENTS } from './device.events';
import { DeviceEntity } from './device.entity';
import { deviceById } from './device.list';
import { deviceQueries } from './device.resolver';

export const deviceFeature: Feature = {
  entities: [DeviceEntity, DeviceAssociationEntity, DeviceIdentifierEntity, DeviceStatusChangeEntity],
  nodes: { Device: deviceById, DeviceAssociation: associationById, DeviceStatusChange: statusChangeById },
  events: Object.values(DEVICE_EVENTS),
  resolvers: () => [deviceQueries, new DeviceMutations(), new DeviceStatusSubscription()],
};

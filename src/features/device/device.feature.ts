import type { Feature } from '../../platform/graphql/feature';
import { DeviceAssociationEntity } from './device-association.entity';
import { associationById, identifierChangeById, statusChangeById } from './device-history.list';
import './device-history.resolver';
import { DeviceIdentifierChangeEntity } from './device-identifier-change.entity';
import { DeviceIdentifierEntity } from './device-identifier.entity';
import { DeviceIdentifiersSubscription } from './device-identifiers.subscription';
import { DeviceMutations } from './device-mutations.resolver';
import { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceStatusSubscription } from './device-status.subscription';
import { DEVICE_EVENTS } from './device.events';
import { DeviceEntity } from './device.entity';
import { deviceById } from './device.list';
import { deviceQueries } from './device.resolver';
import { deviceRoutes } from './device.rest';

export const deviceFeature: Feature = {
  entities: [
    DeviceEntity,
    DeviceAssociationEntity,
    DeviceIdentifierEntity,
    DeviceIdentifierChangeEntity,
    DeviceStatusChangeEntity,
  ],
  nodes: {
    Device: deviceById,
    DeviceAssociation: associationById,
    DeviceStatusChange: statusChangeById,
    DeviceIdentifierChange: identifierChangeById,
  },
  events: Object.values(DEVICE_EVENTS),
  routes: deviceRoutes,
  resolvers: () => [
    deviceQueries,
    new DeviceMutations(),
    new DeviceStatusSubscription(),
    new DeviceIdentifiersSubscription(),
  ],
};

import type { Feature } from '../../platform/graphql/feature';
import { DeviceAssociationEntity } from './device-association.entity';
import { DeviceAssociationResolver, DeviceStatusChangeResolver } from './device-history.resolver';
import { DeviceIdentifierEntity } from './device-identifier.entity';
import { PatientDevicesResolver, SiteDevicesResolver } from './device-links.resolver';
import { DeviceMutations } from './device-mutations.resolver';
import { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceStatusSubscription } from './device-status.subscription';
import { DEVICE_EVENTS } from './device.events';
import { DeviceEntity } from './device.entity';
import { associationById, deviceById, statusChangeById } from './device.loader';
import { DeviceCountResolver, DeviceResolver } from './device.resolver';
import { DeviceService } from './device.service';

export const deviceFeature: Feature = {
  entities: [DeviceEntity, DeviceAssociationEntity, DeviceIdentifierEntity, DeviceStatusChangeEntity],
  nodes: { Device: deviceById, DeviceAssociation: associationById, DeviceStatusChange: statusChangeById },
  events: Object.values(DEVICE_EVENTS),
  resolvers: () => {
    const devices = new DeviceService();
    return [
      new DeviceResolver(devices),
      new DeviceCountResolver(),
      new DeviceAssociationResolver(),
      new DeviceStatusChangeResolver(),
      new SiteDevicesResolver(devices),
      new PatientDevicesResolver(devices),
      new DeviceMutations(),
      new DeviceStatusSubscription(),
    ];
  },
};

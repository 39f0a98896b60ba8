import { children, computed, counts, defineFields, link, list, optionalLink } from '../../platform/graphql/fields';
import { countsQuery, listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import type { RequestContext } from '../../platform/operation/request-context';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { itemById } from '../item/item.list';
import { Item } from '../item/item.type';
import type { PatientEntity } from '../patient/patient.entity';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import type { SiteEntity } from '../site/site.entity';
import { siteById } from '../site/site.list';
import { Site } from '../site/site.type';
import {
  associationsOfDevice,
  associationsOfPatient,
  identifierChangesOfDevice,
  statusChangesOfDevice,
} from './device-history.list';
import { DeviceIdentifierType, DeviceStatus } from './device-status';
import type { DeviceEntity } from './device.entity';
import { DeviceByIdentifierArguments } from './device.input';
import {
  deviceById,
  deviceCountsOfSite,
  DEVICE_COUNTS,
  DEVICES,
  devicesOfPatient,
  devicesOfSite,
  type DeviceCountRow,
} from './device.list';
import { openAssociationByDevice } from './device-history.repository';
import { deviceByIdentifier, identifiersByDevice } from './device.repository';
import {
  Device,
  DeviceAssociation,
  DeviceAssociationConnection,
  DeviceConnection,
  DeviceCount,
  DeviceIdentifier,
  DeviceIdentifierChangeConnection,
  DeviceStatusChangeConnection,
} from './device.type';

export const deviceQueries = queryResolver({
  device: nodeQuery(Device, deviceById, 'Device by id. Null when it is not found.'),
  deviceByIdentifier: {
    type: Device,
    description: 'Device by any of its identifiers, such as a scanned serial number. Null when it is not found.',
    action: 'data:read',
    args: DeviceByIdentifierArguments,
    resolve: ({ loaders }: RequestContext, { identifier, type }: DeviceByIdentifierArguments) =>
      loaders.load(deviceByIdentifier, identifier, { type: type ?? undefined }),
  },
  devices: listQuery(DeviceConnection, DEVICES, 'Devices of the customer. For operators, devices of all customers.'),
  deviceCounts: countsQuery(
    DeviceCount,
    DEVICES,
    DEVICE_COUNTS,
    'Number of devices by item and status. Omits combinations without devices.',
  ),
});

defineFields<DeviceEntity>(Device, {
  customer: link(Customer, customerById, 'customerId', 'Customer that owns the device.'),
  identifiers: children(
    [DeviceIdentifier],
    identifiersByDevice,
    'Identifiers of the device. The serial number comes first.',
  ),
  serialNumber: children(String, identifiersByDevice, 'Identifier of type `SERIAL`. Null when the device has none.', {
    nullable: true,
    pick: { member: 'value', column: 'type', is: DeviceIdentifierType.SERIAL },
  }),
  item: link(Item, itemById, 'itemId', 'Item that the device is a unit of, such as a cuff model.'),
  readingsDisabled: computed(
    Boolean,
    ['currentStatus'],
    ({ currentStatus }) => currentStatus === DeviceStatus.DECOMMISSIONED,
    'Whether readings of the device are refused. True exactly while it is `DECOMMISSIONED`.',
  ),
  site: optionalLink(
    Site,
    siteById,
    'siteId',
    'Site that keeps the device. Null while it is in transit or returning, and with a patient who received it by an order. A device that was associated with a patient at a site keeps that site; `placement` is where it is.',
  ),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Holder: the patient who has the device. Null when no patient has it.',
  ),
  currentAssociation: children(
    DeviceAssociation,
    openAssociationByDevice,
    'Open association with the holder. Null when no patient has the device.',
    { given: 'patientId' },
  ),
  associations: list(
    DeviceAssociationConnection,
    associationsOfDevice,
    'Associations of the device with patients, newest first.',
  ),
  statusHistory: list(
    DeviceStatusChangeConnection,
    statusChangesOfDevice,
    'Changes of status, holder and site, newest first.',
  ),
  identifierHistory: list(
    DeviceIdentifierChangeConnection,
    identifierChangesOfDevice,
    'Changes of the identifiers since the device was registered, newest first.',
  ),
});

defineFields<DeviceCountRow>(DeviceCount, { item: link(Item, itemById, 'itemId', 'Item that is counted.') });

defineFields<SiteEntity>(Site, {
  devices: list(
    DeviceConnection,
    devicesOfSite,
    "The customer's devices whose `site` is this one, including those that its patients hold. For devices on the shelf only, filter by placement `SITE` or `WAREHOUSE`.",
  ),
  deviceCounts: counts(
    DeviceCount,
    deviceCountsOfSite,
    "Number of the customer's devices at the site by item and status. Omits combinations without devices.",
  ),
});

defineFields<PatientEntity>(Patient, {
  devices: list(DeviceConnection, devicesOfPatient, 'Devices that the patient holds.'),
  associations: list(
    DeviceAssociationConnection,
    associationsOfPatient,
    'Associations of the patient with devices, newest first.',
  ),
});

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
import { associationsOfDevice, associationsOfPatient, statusChangesOfDevice } from './device-history.list';
import { normalizeIdentifier } from './device-rules';
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
  DeviceStatusChangeConnection,
} from './device.type';

export const deviceQueries = queryResolver({
  device: nodeQuery(Device, deviceById, 'One device by its id; null when there is none.'),
  deviceByIdentifier: {
    type: Device,
    description:
      'One device by one of its identifiers, e.g. the serial number that was scanned; null when there is none.',
    action: 'data:read',
    args: DeviceByIdentifierArguments,
    resolve: ({ loaders }: RequestContext, { identifier, type }: DeviceByIdentifierArguments) =>
      loaders.load(deviceByIdentifier, normalizeIdentifier(identifier), { type: type ?? undefined }),
  },
  devices: listQuery(DeviceConnection, DEVICES, "The customer's devices; those of all customers for operators."),
  deviceCounts: countsQuery(
    DeviceCount,
    DEVICES,
    DEVICE_COUNTS,
    'Number of devices by item and status; pairs that have none are left out.',
  ),
});

defineFields<DeviceEntity>(Device, {
  customer: link(Customer, customerById, 'customerId', 'Who owns the device.'),
  identifiers: children(
    [DeviceIdentifier],
    identifiersByDevice,
    'The numbers and addresses that name it; the serial number first.',
  ),
  serialNumber: children(
    String,
    identifiersByDevice,
    'The identifier of the type SERIAL; null when the device has none.',
    {
      nullable: true,
      select: (identifiers) => identifiers.find(({ type }) => type === DeviceIdentifierType.SERIAL)?.value ?? null,
    },
  ),
  item: link(Item, itemById, 'itemId', 'The item that it is a unit of: what kind of thing it is.'),
  readingsDisabled: computed(
    Boolean,
    ['currentStatus'],
    ({ currentStatus }) => currentStatus === DeviceStatus.DECOMMISSIONED,
    'Whether its readings are refused: exactly while it is DECOMMISSIONED.',
  ),
  site: optionalLink(
    Site,
    siteById,
    'siteId',
    'The site that keeps the device; null while it is under way, and with a patient who got it by an order. A device that was given to a patient at a site keeps that site: `placement` says where it is.',
  ),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'The holder: the patient who has the device now; null when nobody has it.',
  ),
  currentAssociation: children(
    DeviceAssociation,
    openAssociationByDevice,
    'The association with the patient who has the device now; null when nobody has it.',
    { given: 'patientId' },
  ),
  associations: list(DeviceAssociationConnection, associationsOfDevice, 'Who had the device and when, newest first.'),
  statusHistory: list(
    DeviceStatusChangeConnection,
    statusChangesOfDevice,
    'The changes of status, holder and site, newest first.',
  ),
});

defineFields<DeviceCountRow>(DeviceCount, { item: link(Item, itemById, 'itemId', 'The item that is counted.') });

defineFields<SiteEntity>(Site, {
  devices: list(
    DeviceConnection,
    devicesOfSite,
    "The customer's devices whose `site` is this one, also those that its patients hold. For what is on the shelf, filter by the placement SITE or WAREHOUSE.",
  ),
  deviceCounts: counts(
    DeviceCount,
    deviceCountsOfSite,
    "Number of the customer's devices at the site by item and status; pairs that have none are left out.",
  ),
});

defineFields<PatientEntity>(Patient, {
  devices: list(DeviceConnection, devicesOfPatient, 'The devices that the patient has now.'),
  associations: list(
    DeviceAssociationConnection,
    associationsOfPatient,
    'Which devices the patient had and when, newest first.',
  ),
});

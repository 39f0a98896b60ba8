import { z } from 'zod';
import { toCamelCase } from '../../platform/base/camel-case';
import type { RestCall } from '../../platform/rest/rest-call';
import { flag, id, integer, shape, text, time, words } from '../../platform/rest/shapes';
import { itemById } from '../item/item.list';
import { Item, toItem } from '../item/item.rest';
import { patientById } from '../patient/patient.list';
import { Patient, toPatient } from '../patient/patient.rest';
import { siteById } from '../site/site.list';
import { Site, toSite } from '../site/site.rest';
import { DeviceIdentifierType, DevicePlacement, DeviceStatus } from './device-status';
import type { DeviceEntity } from './device.entity';
import { identifiersByDevice } from './device.repository';

const DeviceIdentifier = shape('DeviceIdentifier', 'A number or address that names one device only.', {
  type: words(DeviceIdentifierType, 'Type of the identifier.'),
  value: text('Value as registered. Unique across the platform, whatever its writing.'),
});

export const Device = shape('Device', 'A device: one serialized unit of an item, such as a cuff, meter or scale.', {
  id: id('Id of the device.'),
  currentStatus: words(DeviceStatus, 'Current status. Values may be added: treat an unknown one as not available.'),
  disabledReadings: flag('Whether readings of the device are refused. True exactly while it is `decommissioned`.'),
  placement: words(
    DevicePlacement,
    'Where the device is, even while its status does not say: a `decommissioned` device may be at a site or with a patient.',
  ),
  deviceIdentifiers: z
    .array(DeviceIdentifier)
    .describe('Identifiers of the device, at most one of each type. The serial number comes first.'),
  item: Item,
  site: Site.nullable().describe(
    'Site that keeps the device. Null while it is in transit or returning, and with a patient who received it by an order.',
  ),
  currentPatient: Patient.nullable().describe('Holder: the patient who has the device. Null when no patient has it.'),
  version: integer(
    'Version of the device. Each change of status, holder, site or identifiers increments it by one. Pass it as `expectedVersion`.',
  ),
  statusChangedAt: time('Time at which the device got its current status.'),
  createdAt: time('Time at which the device was registered.'),
  updatedAt: time('Time of the latest change of status, holder, site or identifiers.'),
});

export async function toDevice({ ctx: { loaders } }: RestCall, device: DeviceEntity): Promise<z.infer<typeof Device>> {
  const { itemId, siteId, patientId, currentStatus, placement, version } = device;
  const [item, site, patient, identifiers] = await Promise.all([
    loaders.load(itemById, itemId),
    siteId === null ? null : loaders.load(siteById, siteId),
    patientId === null ? null : loaders.load(patientById, patientId),
    loaders.load(identifiersByDevice, device),
  ]);
  return {
    id: Number(device.id),
    currentStatus: toCamelCase(currentStatus),
    disabledReadings: currentStatus === DeviceStatus.DECOMMISSIONED,
    placement: toCamelCase(placement),
    deviceIdentifiers: identifiers.map(({ type, value }) => ({ type: toCamelCase(type), value })),
    item: toItem(item!),
    site: site && toSite(site),
    currentPatient: patient && toPatient(patient),
    version,
    statusChangedAt: device.statusChangedAt.toISOString(),
    createdAt: device.createdAt.toISOString(),
    updatedAt: device.updatedAt.toISOString(),
  };
}

export const DeviceValidation = shape('DeviceValidation', 'Whether an identifier names a device.', {
  valid: flag('Whether a device of the customer has the identifier.'),
  device: Device.nullable().describe('The device with the identifier. Null when `valid` is false.'),
});

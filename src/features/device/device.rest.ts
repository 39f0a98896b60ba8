import { z } from 'zod';
import { fromCamelCase, toCamelCase } from '../../platform/base/camel-case';
import type { RestCall } from '../../platform/rest/rest-call';
import { pageRoute, route, type RestRoute } from '../../platform/rest/route';
import {
  flag,
  id,
  manyParameters,
  numberParameter,
  requestShape,
  shape,
  text,
  words,
} from '../../platform/rest/shapes';
import { itemById } from '../item/item.list';
import { Item, toItem } from '../item/item.rest';
import { patientById } from '../patient/patient.list';
import { Patient, toPatient } from '../patient/patient.rest';
import { siteById } from '../site/site.list';
import { Site, toSite } from '../site/site.rest';
import { associateDevice } from './associate-device';
import { DeviceIdentifierType, DeviceStatus } from './device-status';
import type { DeviceEntity } from './device.entity';
import { identifiersByDevice } from './device.repository';
import { disableDeviceReadings } from './disable-device-readings';

const DeviceIdentifier = shape('DeviceIdentifier', 'A number or address that names one device only.', {
  type: words(DeviceIdentifierType, 'Type of the identifier.'),
  value: text('Value as registered.'),
});

export const Device = shape('Device', 'A device: one serialized unit of an item.', {
  id: id('Id of the device.'),
  currentStatus: words(DeviceStatus, 'Current status. Values may be added.'),
  disabledReadings: flag('Whether readings of the device are refused. True exactly while it is `decommissioned`.'),
  deviceIdentifiers: z.array(DeviceIdentifier).describe('Identifiers of the device. The serial number comes first.'),
  item: Item,
  site: Site.nullable().describe('Site that keeps the device. Null while it is in transit or returning.'),
  currentPatient: Patient.nullable().describe('The patient who has the device. Null when no patient has it.'),
});

export async function toDevice({ ctx: { loaders } }: RestCall, device: DeviceEntity): Promise<z.infer<typeof Device>> {
  const { itemId, siteId, patientId, currentStatus } = device;
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
    deviceIdentifiers: identifiers.map(({ type, value }) => ({ type: toCamelCase(type), value })),
    item: toItem(item!),
    site: site && toSite(site),
    currentPatient: patient && toPatient(patient),
  };
}

const DEVICES = { name: 'Devices', description: 'Devices of the customer, and their associations with patients.' };

const DEVICE_REFERENCE = {
  deviceId: id(
    'Id of the device. This or `deviceIdentifier` is required; if both are given, they must agree.',
  ).optional(),
  deviceIdentifier: text('Any identifier of the device, such as its serial number.').optional(),
};

const AssociateDeviceRequest = requestShape('AssociateDeviceRequest', 'Device and patient to associate.', {
  ...DEVICE_REFERENCE,
  patientId: id('Id of the patient. This or `patientExternalIdentifier` is required.').optional(),
  patientExternalIdentifier: text("The customer's own identifier of the patient.").optional(),
});

const DeviceRequest = requestShape('DeviceRequest', 'Device to change.', DEVICE_REFERENCE);

export const deviceRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/device/{id}',
    operationId: 'getDevice',
    tag: DEVICES,
    summary: 'Get a device',
    description: 'A device by id.',
    params: z.strictObject({ id: numberParameter('Id of the device.') }),
    answer: [200, Device, 'The device.'],
    codes: ['DEVICE_NOT_FOUND'],
    handle: async (call, { params }) =>
      toDevice(call, await call.find<DeviceEntity>('device', { id: String(params.id) }, 'DEVICE_NOT_FOUND')),
  }),
  pageRoute({
    path: '/device',
    operationId: 'listDevices',
    tag: DEVICES,
    summary: 'List devices',
    description: 'Devices of the customer, in the order of their registration.',
    query: {
      status: manyParameters(words(DeviceStatus, 'A status.'), 'Devices in any of these statuses.').optional(),
    },
    name: 'DevicePage',
    item: Device,
    list: ({ status }) => [
      'devices',
      { filter: { statuses: status?.map((one) => fromCamelCase<keyof typeof DeviceStatus>(one)) } },
    ],
    toItem: toDevice,
  }),
  route({
    method: 'PATCH',
    path: '/device/associate-patient',
    operationId: 'associateDevice',
    tag: DEVICES,
    summary: 'Associate a device with a patient',
    description: 'Associates a device with a patient of its customer. Safe to repeat.',
    body: AssociateDeviceRequest,
    answer: [200, Device, 'The device with its holder.'],
    runs: [associateDevice],
    handle: async (call, { body }) => toDevice(call, (await call.run(associateDevice, body)).device),
  }),
  route({
    method: 'PATCH',
    path: '/device/disable-readings',
    operationId: 'disableDeviceReadings',
    tag: DEVICES,
    summary: 'Block the readings of a device',
    description: 'Blocks a device from submitting readings. It becomes `decommissioned`. Safe to repeat.',
    body: DeviceRequest,
    answer: [200, Device, 'The device.'],
    runs: [disableDeviceReadings],
    handle: async (call, { body }) => toDevice(call, (await call.run(disableDeviceReadings, body)).device),
  }),
];

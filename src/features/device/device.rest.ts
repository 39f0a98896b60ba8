import { z } from 'zod';
import { fromCamelCase } from '../../platform/base/camel-case';
import { nodeRoute, pageRoute, route, type RestRoute } from '../../platform/rest/route';
import { id, manyParameters, numberParameter, requestShape, text, version, words } from '../../platform/rest/shapes';
import { associateDevice } from './associate-device';
import { DeviceStatus, DeviceStatusOverride } from './device-status';
import type { DeviceEntity } from './device.entity';
import { Device, DeviceValidation, toDevice } from './device.shapes';
import { disableDeviceReadings } from './disable-device-readings';
import { disassociateDevice } from './disassociate-device';
import { enableDeviceReadings } from './enable-device-readings';
import { updateDeviceStatus } from './update-device-status';

const DEVICES = { name: 'Devices', description: 'Devices of the customer, and their associations with patients.' };

const DEVICE_ID = z.strictObject({ id: numberParameter('Id of the device.') });

/** Members of every request that changes a device. */
const CHANGE = {
  note: text('Note that is stored with the change, at most 2,000 characters.').nullish(),
  expectedVersion: version(
    'Version of the device that you last read. Any other version is refused with `STALE_VERSION`. Not checked when omitted, or when the request changes nothing.',
  ).nullish(),
};

const DEVICE_MEMBERS = {
  deviceId: id(
    'Id of the device. This or `deviceIdentifier` is required. If both are given, they must agree.',
  ).nullish(),
  deviceIdentifier: text('Any identifier of the device, such as its serial number, in any usual writing.').nullish(),
  ...CHANGE,
};

const patientMembers = (description: string) => ({
  patientId: id(`Id of ${description} If both are given, they must agree.`).nullish(),
  patientExternalIdentifier: text("The customer's own identifier of the patient, instead of `patientId`.").nullish(),
});

const AssociateDeviceRequest = requestShape('AssociateDeviceRequest', 'Device and patient to associate.', {
  ...DEVICE_MEMBERS,
  ...patientMembers('the patient. This or `patientExternalIdentifier` is required.'),
});

const DisassociateDeviceRequest = requestShape(
  'DisassociateDeviceRequest',
  'Device to disassociate, and where it is now.',
  {
    ...DEVICE_MEMBERS,
    ...patientMembers('the patient who must have the device. Not checked when no patient is given.'),
    siteId: id(
      'Id of the site where the device is now: an active site of the customer. When omitted, the device keeps its site. Must be omitted for a device that is `inTransit`.',
    ).nullish(),
  },
);

const DeviceRequest = requestShape('DeviceRequest', 'Device to change.', DEVICE_MEMBERS);

const DeviceUpdate = requestShape('DeviceUpdate', 'New status of a device.', {
  status: words(
    DeviceStatusOverride,
    'New status. `decommissioned` and `lost` are always allowed, `withPatient` with a holder, `availableAtSite` at a site of the customer without a holder or open order, `available` in a warehouse, for operators.',
  ),
  ...CHANGE,
});

export const deviceRoutes: readonly RestRoute[] = [
  nodeRoute({
    field: 'device',
    tag: DEVICES,
    description: 'A device by id, with its item, its site and the patient who has it.',
    shape: Device,
    toBody: toDevice,
  }),
  pageRoute({
    path: '/device',
    operationId: 'listDevices',
    tag: DEVICES,
    summary: 'List devices',
    description:
      'Devices of the customer that meet all given conditions, in the order of their registration. For operators, devices of all customers.',
    query: {
      status: manyParameters(words(DeviceStatus, 'A status.'), 'Devices in any of these statuses.').optional(),
      siteId: manyParameters(
        numberParameter('Id of a site.'),
        'Devices whose `site` is any of these, including those that a patient has.',
      ).optional(),
      patientId: manyParameters(
        numberParameter('Id of a patient.'),
        'Devices that any of these patients has.',
      ).optional(),
      identifier: manyParameters(
        text('An identifier.'),
        'Devices with any of these identifiers, of any type, in any usual writing.',
      ).optional(),
    },
    fields: { 'identifiers.*': 'identifier' },
    name: 'DevicePage',
    item: Device,
    list: ({ status, siteId, patientId, identifier }) => [
      'devices',
      {
        filter: {
          statuses: status?.map((one) => fromCamelCase<DeviceStatus>(one)),
          siteIds: siteId,
          patientIds: patientId,
          identifiers: identifier,
        },
      },
    ],
    toItem: toDevice,
  }),
  route({
    method: 'GET',
    path: '/device/validate/{deviceIdentifier}',
    operationId: 'validateDevice',
    tag: DEVICES,
    summary: 'Validate an identifier',
    description:
      'Says whether an identifier, such as a scanned serial number, names a device of the customer, and which one. An unknown identifier is not an error.',
    params: z.strictObject({
      deviceIdentifier: z
        .string()
        .min(1)
        .describe('Any identifier of a device, in any usual writing, percent-encoded.'),
    }),
    fields: { identifier: 'deviceIdentifier' },
    response: [200, DeviceValidation, 'Whether the identifier names a device, and the device.'],
    handle: async (call, { params }) => {
      const device = (await call.query('deviceByIdentifier', {
        identifier: params.deviceIdentifier,
      })) as DeviceEntity | null;
      return { valid: device !== null, device: device && (await toDevice(call, device)) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/device/associate-patient',
    operationId: 'associateDevice',
    tag: DEVICES,
    summary: 'Associate a device with a patient',
    description:
      'Gives a device to a patient of its customer. The device must be at a site of the customer and be `availableAtSite`. It becomes `withPatient`. Safe to repeat.',
    body: AssociateDeviceRequest,
    response: [200, Device, 'The device with its holder.'],
    runs: [associateDevice],
    handle: async (call, { body }) => toDevice(call, (await call.run(associateDevice, body)).device),
  }),
  route({
    method: 'PATCH',
    path: '/device/disassociate-patient',
    operationId: 'disassociateDevice',
    tag: DEVICES,
    summary: 'Disassociate a device from its patient',
    description:
      'Takes a device from the patient who has it, in any status, and out of its open order. A repeated request is refused with `DEVICE_NOT_ASSOCIATED`, unless it has the same idempotency key.',
    body: DisassociateDeviceRequest,
    response: [200, Device, 'The device without a holder.'],
    runs: [disassociateDevice],
    handle: async (call, { body }) => toDevice(call, (await call.run(disassociateDevice, body)).device),
  }),
  route({
    method: 'PATCH',
    path: '/device/disable-readings',
    operationId: 'disableDeviceReadings',
    tag: DEVICES,
    summary: 'Block the readings of a device',
    description:
      'Blocks a device from submitting readings. It becomes `decommissioned`, and stays where it is. Safe to repeat.',
    body: DeviceRequest,
    response: [200, Device, 'The device, which is `decommissioned`.'],
    runs: [disableDeviceReadings],
    handle: async (call, { body }) => toDevice(call, (await call.run(disableDeviceReadings, body)).device),
  }),
  route({
    method: 'PATCH',
    path: '/device/enable-readings',
    operationId: 'enableDeviceReadings',
    tag: DEVICES,
    summary: 'Accept the readings of a device again',
    description:
      'Lets a `decommissioned` device submit readings again. Its status follows from its order, holder and site. Safe to repeat.',
    body: DeviceRequest,
    response: [200, Device, 'The device with its new status.'],
    runs: [enableDeviceReadings],
    handle: async (call, { body }) => toDevice(call, (await call.run(enableDeviceReadings, body)).device),
  }),
  route({
    method: 'PATCH',
    path: '/device/{id}',
    operationId: 'updateDevice',
    tag: DEVICES,
    summary: 'Override the status of a device',
    description:
      'Sets the status of a device, with an optional note. Holder and site stay the same. `inTransit` and `returning` follow from orders and returns only. Safe to repeat.',
    params: DEVICE_ID,
    body: DeviceUpdate,
    fields: { deviceId: 'id' },
    response: [200, Device, 'The device with its new status.'],
    runs: [updateDeviceStatus],
    handle: async (call, { params, body: { status, ...change } }) => {
      const input = { deviceId: params.id, status: fromCamelCase<DeviceStatusOverride>(status), ...change };
      return toDevice(call, (await call.run(updateDeviceStatus, input)).device);
    },
  }),
];

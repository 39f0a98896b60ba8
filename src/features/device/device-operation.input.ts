import { MAX_ENTRIES } from '../../platform/operation/bulk-use-case';
import { entryOf, inputType, type InputOf, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { MAX_CHOICES } from '../../platform/operation/list-bounds';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { IDENTIFIER_FORMS } from './device-identifier-forms';
import { DeviceIdentifierType, DeviceStatusOverride } from './device-status';

/** Fields that name a device. */
export const DEVICE_REFERENCE = {
  deviceId: optional(ID, 'Device, by global id or `databaseId`.'),
  deviceIdentifier: optional(
    String,
    'Device, by any of its identifiers. If `deviceId` is given too, both must name the same device.',
  ),
};

/** Fields of the input of every operation on one device. */
export const DEVICE_FIELDS = {
  ...DEVICE_REFERENCE,
  note: optional(String, 'Note that is stored with the change, at most 2,000 characters.'),
  expectedVersion: expectedVersionField('device'),
};

export type DeviceInput = InputOf<typeof DEVICE_FIELDS>;

const DEVICE_AND_PATIENT_FIELDS = { ...DEVICE_FIELDS, ...PATIENT_REFERENCE };

export const AssociateDeviceInput = inputType(
  'AssociateDeviceInput',
  'Device and patient to associate. The device must be `AVAILABLE_AT_SITE`.',
  DEVICE_AND_PATIENT_FIELDS,
);
export type AssociateDeviceInput = InstanceType<typeof AssociateDeviceInput>;

export const AssociateDevicesInput = inputType('AssociateDevicesInput', 'Devices to associate, each with a patient.', {
  devices: required(
    [entryOf(AssociateDeviceInput)],
    `Devices and their patients, 1 to ${MAX_ENTRIES}. Each device at most once.`,
    { limit: 'entries of a bulk call' },
  ),
});
export type AssociateDevicesInput = InstanceType<typeof AssociateDevicesInput>;

export const AssociateDeviceWithSiteInput = inputType('AssociateDeviceWithSiteInput', 'Device and site to associate.', {
  ...DEVICE_FIELDS,
  siteId: required(ID, 'Site, by global id or `databaseId`. It must be an active site of the customer.'),
});
export type AssociateDeviceWithSiteInput = InstanceType<typeof AssociateDeviceWithSiteInput>;

export const DisassociateDeviceInput = inputType(
  'DisassociateDeviceInput',
  'Device to disassociate. If a patient is given, it must be the holder.',
  {
    ...DEVICE_AND_PATIENT_FIELDS,
    siteId: optional(
      ID,
      'Active site of the customer where the device is from now on. When omitted, the device keeps its site, or is still in its warehouse if its order was not shipped. Must be omitted for a device that is `IN_TRANSIT`.',
    ),
  },
);
export type DisassociateDeviceInput = InstanceType<typeof DisassociateDeviceInput>;

export const DisassociateDevicesInput = inputType('DisassociateDevicesInput', 'Devices to disassociate.', {
  devices: required(
    [entryOf(DisassociateDeviceInput)],
    `Devices, and where each is now, 1 to ${MAX_ENTRIES}. Each device at most once.`,
    { limit: 'entries of a bulk call' },
  ),
});
export type DisassociateDevicesInput = InstanceType<typeof DisassociateDevicesInput>;

export const UpdateDeviceStatusInput = inputType('UpdateDeviceStatusInput', 'Device and its new status.', {
  ...DEVICE_FIELDS,
  status: required(DeviceStatusOverride, 'New status.'),
});
export type UpdateDeviceStatusInput = InstanceType<typeof UpdateDeviceStatusInput>;

export const UpdateDeviceStatusesInput = inputType('UpdateDeviceStatusesInput', 'Devices and their new statuses.', {
  devices: required(
    [entryOf(UpdateDeviceStatusInput)],
    `Devices, each with its new status, 1 to ${MAX_ENTRIES}. Each device at most once.`,
    { limit: 'entries of a bulk call' },
  ),
});
export type UpdateDeviceStatusesInput = InstanceType<typeof UpdateDeviceStatusesInput>;

export const DisableDeviceReadingsInput = inputType(
  'DisableDeviceReadingsInput',
  'Device to block from submitting readings.',
  DEVICE_FIELDS,
);
export type DisableDeviceReadingsInput = InstanceType<typeof DisableDeviceReadingsInput>;

export const EnableDeviceReadingsInput = inputType(
  'EnableDeviceReadingsInput',
  'Device to let submit readings again.',
  DEVICE_FIELDS,
);
export type EnableDeviceReadingsInput = InstanceType<typeof EnableDeviceReadingsInput>;

const FORMS = Object.entries(IDENTIFIER_FORMS)
  .map(([type, { description }]) => `\`${type}\` ${description}`)
  .join('; ');

export const DeviceIdentifierInput = inputType(
  'DeviceIdentifierInput',
  'Identifier of a device: a number or address that names this device only, such as its serial number.',
  {
    type: required(DeviceIdentifierType, 'Type of the identifier. A device has at most one of each type.'),
    value: required(String, `Value in any usual writing: ${FORMS}. Unique across the platform and all types.`),
  },
);
export type DeviceIdentifierInput = InstanceType<typeof DeviceIdentifierInput>;

export const UpdateDeviceIdentifiersInput = inputType(
  'UpdateDeviceIdentifiersInput',
  'Device and its new identifiers. Types that are not mentioned keep their values.',
  {
    ...DEVICE_FIELDS,
    identifiers: optional(
      [DeviceIdentifierInput],
      `Identifiers to add, at most one of each type, at most ${MAX_CHOICES}. Each replaces the identifier of its type, if the device has one.`,
      { limit: 'values of another list' },
    ),
    removeTypes: optional(
      [DeviceIdentifierType],
      `Types of the identifiers to remove, at most ${MAX_CHOICES}. The device must keep at least one.`,
      { limit: 'values of another list' },
    ),
  },
);
export type UpdateDeviceIdentifiersInput = InstanceType<typeof UpdateDeviceIdentifiersInput>;

export const RegisterDeviceInput = inputType('RegisterDeviceInput', 'Device to register.', {
  customerId: required(ID, 'Customer that owns the device, by global id or `databaseId`.'),
  itemId: required(ID, 'Item that the device is a unit of, by global id or `databaseId`.'),
  siteId: required(
    ID,
    'Site of the device, by global id or `databaseId`: a warehouse, or an active site of the customer.',
  ),
  identifiers: required(
    [DeviceIdentifierInput],
    `Identifiers of the device: 1 to ${MAX_CHOICES}, and at most one of each type.`,
    { limit: 'values of another list' },
  ),
});
export type RegisterDeviceInput = InstanceType<typeof RegisterDeviceInput>;

export const RegisterDevicesInput = inputType('RegisterDevicesInput', 'Devices to register.', {
  devices: required([entryOf(RegisterDeviceInput)], `Devices to register, 1 to ${MAX_ENTRIES}.`, {
    limit: 'entries of a bulk call',
  }),
});
export type RegisterDevicesInput = InstanceType<typeof RegisterDevicesInput>;

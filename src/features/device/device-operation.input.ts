import { inputType, type InputOf, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { DeviceIdentifierType, DeviceStatusOverride } from './device-status';

/** How inputs name a device. */
export const DEVICE_REFERENCE = {
  deviceId: optional(ID, 'Which device: its global id or its databaseId.'),
  deviceIdentifier: optional(
    String,
    'Which device: any of its identifiers. Given together with deviceId, both must mean the same device.',
  ),
};

/** What each operation on one device takes. */
export const DEVICE_FIELDS = {
  ...DEVICE_REFERENCE,
  note: optional(String, 'A note that is kept with the change; up to 2000 characters.'),
  expectedVersion: expectedVersionField('device'),
};

export type DeviceInput = InputOf<typeof DEVICE_FIELDS>;

const DEVICE_AND_PATIENT_FIELDS = { ...DEVICE_FIELDS, ...PATIENT_REFERENCE };

export const AssociateDeviceInput = inputType(
  'AssociateDeviceInput',
  'Gives a device to a patient. The device must be AVAILABLE_AT_SITE.',
  DEVICE_AND_PATIENT_FIELDS,
);
export type AssociateDeviceInput = InstanceType<typeof AssociateDeviceInput>;

export const AssociateDeviceWithSiteInput = inputType(
  'AssociateDeviceWithSiteInput',
  "Puts a device at one of its customer's sites.",
  {
    ...DEVICE_FIELDS,
    siteId: required(ID, 'Which site: an active one of the customer.'),
  },
);
export type AssociateDeviceWithSiteInput = InstanceType<typeof AssociateDeviceWithSiteInput>;

export const DisassociateDeviceInput = inputType(
  'DisassociateDeviceInput',
  'Takes a device from the patient who has it. A patient that is named must be that one.',
  {
    ...DEVICE_AND_PATIENT_FIELDS,
    siteId: optional(ID, "The customer's site where the device is from now on; where it was when absent."),
  },
);
export type DisassociateDeviceInput = InstanceType<typeof DisassociateDeviceInput>;

export const UpdateDeviceStatusInput = inputType('UpdateDeviceStatusInput', 'Overrides the status of a device.', {
  ...DEVICE_FIELDS,
  status: required(DeviceStatusOverride, 'The new status.'),
});
export type UpdateDeviceStatusInput = InstanceType<typeof UpdateDeviceStatusInput>;

export const DisableDeviceReadingsInput = inputType(
  'DisableDeviceReadingsInput',
  'Blocks a device from submitting readings.',
  DEVICE_FIELDS,
);
export type DisableDeviceReadingsInput = InstanceType<typeof DisableDeviceReadingsInput>;

export const EnableDeviceReadingsInput = inputType(
  'EnableDeviceReadingsInput',
  'Lets a decommissioned device submit readings again.',
  DEVICE_FIELDS,
);
export type EnableDeviceReadingsInput = InstanceType<typeof EnableDeviceReadingsInput>;

export const DeviceIdentifierInput = inputType(
  'DeviceIdentifierInput',
  'A number or address that names one device, e.g. its serial number.',
  {
    type: required(DeviceIdentifierType, 'What kind of identifier; one of each kind at the most.'),
    value: required(String, '1 to 64 letters, digits, spaces and `:._/-`. Unique over the platform and all types.'),
  },
);
export type DeviceIdentifierInput = InstanceType<typeof DeviceIdentifierInput>;

export const RegisterDeviceInput = inputType('RegisterDeviceInput', 'A new device.', {
  customerId: required(ID, 'The customer who owns it.'),
  itemId: required(ID, 'Which item it is a unit of.'),
  siteId: required(ID, "Where it is: a warehouse, or one of the customer's sites."),
  identifiers: required([DeviceIdentifierInput], 'Its identifiers: at least one, of each type one at the most.'),
});
export type RegisterDeviceInput = InstanceType<typeof RegisterDeviceInput>;

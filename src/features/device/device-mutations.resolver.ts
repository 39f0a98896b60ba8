import { bulkMutation, mutation, mutationResolver } from '../../platform/graphql/mutation';
import { associateDevice } from './associate-device';
import { associateDevices } from './associate-devices';
import { associateDeviceWithSite } from './associate-device-with-site';
import {
  AssociateDeviceInput,
  AssociateDevicesInput,
  AssociateDeviceWithSiteInput,
  DisableDeviceReadingsInput,
  DisassociateDeviceInput,
  DisassociateDevicesInput,
  EnableDeviceReadingsInput,
  RegisterDeviceInput,
  RegisterDevicesInput,
  UpdateDeviceIdentifiersInput,
  UpdateDeviceStatusesInput,
  UpdateDeviceStatusInput,
} from './device-operation.input';
import { CHANGED_DEVICE } from './device-payload';
import { Device, DeviceAssociation, DeviceIdentifierChange, DeviceStatusChange } from './device.type';
import { disableDeviceReadings } from './disable-device-readings';
import { disassociateDevice } from './disassociate-device';
import { disassociateDevices } from './disassociate-devices';
import { enableDeviceReadings } from './enable-device-readings';
import { registerDevice } from './register-device';
import { registerDevices } from './register-devices';
import { updateDeviceIdentifiers } from './update-device-identifiers';
import { updateDeviceStatus } from './update-device-status';
import { updateDeviceStatuses } from './update-device-statuses';

const ASSOCIATE_DEVICE = mutation(associateDevice, {
  description:
    'Associates a device with a patient of its customer. The device must be at a site of the customer and be `AVAILABLE_AT_SITE`. Safe to repeat.',
  input: [AssociateDeviceInput, 'Device and patient to associate.'],
  payload: {
    ...CHANGED_DEVICE,
    association: [
      DeviceAssociation,
      'Open association of the patient with the device. Null when the change was refused.',
    ],
  },
});

const DISASSOCIATE_DEVICE = mutation(disassociateDevice, {
  description:
    'Ends the association of a device with its patient, in any status of the device. Removes the device from its open order: if that was not shipped, the device is still in its warehouse. A repeated call is refused with `DEVICE_NOT_ASSOCIATED`.',
  input: [DisassociateDeviceInput, 'Device to disassociate, and where it is now.'],
  payload: {
    ...CHANGED_DEVICE,
    association: [DeviceAssociation, 'The association that ended. Null when the change was refused.'],
  },
});

const UPDATE_DEVICE_STATUS = mutation(updateDeviceStatus, {
  description: 'Overrides the status of a device. Holder and site stay the same. Safe to repeat.',
  input: [UpdateDeviceStatusInput, 'Device and its new status.'],
  payload: CHANGED_DEVICE,
});

const REGISTER_DEVICE = mutation(registerDevice, {
  description:
    'Registers a device: as `AVAILABLE` in an Impilo warehouse, or as `AVAILABLE_AT_SITE` at a site of its customer. For operators. A repeated call is refused with `IDENTIFIER_TAKEN`.',
  input: [RegisterDeviceInput, 'Device to register.'],
  payload: {
    device: [Device, 'The registered device. Null when the mutation was refused.'],
    statusChange: [DeviceStatusChange, 'The first status change of the device. Null when the mutation was refused.'],
  },
});

export const DeviceMutations = mutationResolver(
  ASSOCIATE_DEVICE,
  bulkMutation(associateDevices, ASSOCIATE_DEVICE, {
    description: 'Associates devices with patients, as `associateDevice` does for one. Safe to repeat.',
    input: [AssociateDevicesInput, 'Devices to associate, each with its patient.'],
  }),
  mutation(associateDeviceWithSite, {
    description:
      'Associates a free device with a site of its customer. The device becomes `AVAILABLE_AT_SITE`, unless it is `DECOMMISSIONED` or `LOST`. Safe to repeat.',
    input: [AssociateDeviceWithSiteInput, 'Device and site to associate.'],
    payload: CHANGED_DEVICE,
  }),
  DISASSOCIATE_DEVICE,
  bulkMutation(disassociateDevices, DISASSOCIATE_DEVICE, {
    description: 'Ends the associations of devices with their patients, as `disassociateDevice` does for one.',
    input: [DisassociateDevicesInput, 'Devices to disassociate, and where each is now.'],
  }),
  UPDATE_DEVICE_STATUS,
  bulkMutation(updateDeviceStatuses, UPDATE_DEVICE_STATUS, {
    description:
      'Overrides the statuses of devices, as `updateDeviceStatus` does for one. Safe to repeat. A status that the caller must not set fails the whole call.',
    input: [UpdateDeviceStatusesInput, 'Devices and their new statuses.'],
  }),
  mutation(disableDeviceReadings, {
    description: 'Blocks a device from submitting readings. The device becomes `DECOMMISSIONED`. Safe to repeat.',
    input: [DisableDeviceReadingsInput, 'Device to block.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(enableDeviceReadings, {
    description:
      'Lets a `DECOMMISSIONED` device submit readings again. Its new status follows from its order, holder and site. Safe to repeat.',
    input: [EnableDeviceReadingsInput, 'Device to unblock.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(updateDeviceIdentifiers, {
    description:
      'Adds, replaces and removes identifiers of a device, for a new SIM card or a typo. Types that are not mentioned keep their values. Safe to repeat, if the device is named by something that stays.',
    input: [UpdateDeviceIdentifiersInput, 'Device and its new identifiers.'],
    payload: {
      device: CHANGED_DEVICE.device,
      identifierChange: [
        DeviceIdentifierChange,
        'The recorded change. Null when the change was refused, or when there was nothing to change.',
      ],
    },
  }),
  REGISTER_DEVICE,
  bulkMutation(registerDevices, REGISTER_DEVICE, {
    description:
      'Registers devices, as `registerDevice` does for one. For operators. A repeated entry is refused with `IDENTIFIER_TAKEN`.',
    input: [RegisterDevicesInput, 'Devices to register.'],
  }),
);

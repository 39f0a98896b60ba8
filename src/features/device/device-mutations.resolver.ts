import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { associateDevice } from './associate-device';
import { associateDeviceWithSite } from './associate-device-with-site';
import {
  AssociateDeviceInput,
  AssociateDeviceWithSiteInput,
  DisableDeviceReadingsInput,
  DisassociateDeviceInput,
  EnableDeviceReadingsInput,
  RegisterDeviceInput,
  UpdateDeviceStatusInput,
} from './device-operation.input';
import { Device, DeviceAssociation, DeviceStatusChange } from './device.type';
import { disableDeviceReadings } from './disable-device-readings';
import { disassociateDevice } from './disassociate-device';
import { enableDeviceReadings } from './enable-device-readings';
import { registerDevice } from './register-device';
import { updateDeviceStatus } from './update-device-status';

const CHANGED_DEVICE = {
  device: [
    Device,
    'The device as it is now, also after STALE_VERSION; null when the change was refused for anything else.',
  ],
  statusChange: [
    DeviceStatusChange,
    'What changed; null when the change was refused, or when the device was like that already.',
  ],
} as const;

export const DeviceMutations = mutationResolver(
  mutation(associateDevice, {
    description:
      'Gives a device to a patient. The device must be owned by the customer, be at one of its sites and be AVAILABLE_AT_SITE. Safe to repeat.',
    input: [AssociateDeviceInput, 'Which device, which patient.'],
    payload: {
      ...CHANGED_DEVICE,
      association: [
        DeviceAssociation,
        'The association that the patient has with the device now; null when the change was refused.',
      ],
    },
  }),
  mutation(associateDeviceWithSite, {
    description:
      "Puts a free device at one of its customer's sites, where it becomes AVAILABLE_AT_SITE. Safe to repeat.",
    input: [AssociateDeviceWithSiteInput, 'Which device, which site.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(disassociateDevice, {
    description: 'Takes a device from the patient who has it; always possible, whatever its status.',
    input: [DisassociateDeviceInput, 'Which device, and where it is now.'],
    payload: {
      ...CHANGED_DEVICE,
      association: [DeviceAssociation, 'The association that ended; null when the change was refused.'],
    },
  }),
  mutation(updateDeviceStatus, {
    description: 'Overrides the status of a device; its holder and its site stay. Safe to repeat.',
    input: [UpdateDeviceStatusInput, 'Which device, which status.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(disableDeviceReadings, {
    description: 'Blocks a device from submitting readings: it becomes DECOMMISSIONED. Safe to repeat.',
    input: [DisableDeviceReadingsInput, 'Which device.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(enableDeviceReadings, {
    description:
      'Lets a DECOMMISSIONED device submit readings again; its status follows from where it is. Safe to repeat.',
    input: [EnableDeviceReadingsInput, 'Which device.'],
    payload: CHANGED_DEVICE,
  }),
  mutation(registerDevice, {
    description:
      'Makes a device known to the platform, AVAILABLE or AVAILABLE_AT_SITE by its site. For operators. A repeated call is refused: IDENTIFIER_TAKEN.',
    input: [RegisterDeviceInput, 'The new device.'],
    payload: CHANGED_DEVICE,
  }),
);

import { Device, DeviceStatusChange } from './device.type';

/** Fields of the payload of every mutation that changes a device. */
export const CHANGED_DEVICE = {
  device: [
    Device,
    'The device in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
  ],
  statusChange: [
    DeviceStatusChange,
    'The recorded change. Null when the change was refused, or when there was nothing to change.',
  ],
} as const;

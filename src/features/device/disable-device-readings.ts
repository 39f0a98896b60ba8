import { useCase } from '../../platform/operation/use-case';
import { DEVICE_OPERATION } from './device-operation';
import type { DisableDeviceReadingsInput } from './device-operation.input';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';
import { overrideStatus } from './update-device-status';

/** Blocks a device from submitting readings: the override to DECOMMISSIONED. */
export const disableDeviceReadings = useCase(
  { ...DEVICE_OPERATION, name: 'disableDeviceReadings', action: 'device:override' },
  async (ctx, tx, input: DisableDeviceReadingsInput) =>
    overrideStatus(ctx, tx, input, DeviceStatus.DECOMMISSIONED, DeviceStatusChangeReason.READINGS_DISABLED),
);

import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { BULK_DEVICE_CODES, changeDevicesOf, lockDevicesOf } from './device-entries';
import type { DeviceResult } from './device-operation';
import type { UpdateDeviceStatusInput } from './device-operation.input';
import { OVERRIDE_RULES } from './device-rules';
import { DeviceStatusChangeReason } from './device-status';
import { OVERRIDE, stateOfOverride } from './update-device-status';

/** `updateDeviceStatus` for many devices. A status that the caller is not allowed to set refuses the whole call, once its device is found. */
export const updateDeviceStatuses = bulkUseCase<UpdateDeviceStatusInput, DeviceResult, 'devices'>(
  { name: 'updateDeviceStatuses', list: 'devices', entry: OVERRIDE, codes: BULK_DEVICE_CODES },
  async (ctx, tx, entries) => {
    const located = await lockDevicesOf(tx, entries);
    for (const { input } of located) ctx.authorize(OVERRIDE_RULES[input.status].action);
    const judged = entries.each(located, ({ device, input }) => ({
      next: stateOfOverride(device, input.status, input),
    }));
    await changeDevicesOf(ctx, tx, entries, judged, DeviceStatusChangeReason.STATUS_OVERRIDE);
  },
);

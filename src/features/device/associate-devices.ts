import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { lockPatientsOf } from '../patient/patient-entries';
import { ASSOCIATION, stateOfAssociation } from './associate-device';
import { BULK_DEVICE_CODES, changeDevicesOf, lockDevicesOf } from './device-entries';
import type { DeviceResult } from './device-operation';
import type { AssociateDeviceInput } from './device-operation.input';
import { DeviceStatusChangeReason } from './device-status';

/** `associateDevice` for many devices. */
export const associateDevices = bulkUseCase<AssociateDeviceInput, DeviceResult, 'devices'>(
  { name: 'associateDevices', list: 'devices', entry: ASSOCIATION, codes: BULK_DEVICE_CODES },
  async (ctx, tx, entries) => {
    const located = await lockDevicesOf(tx, entries);
    const named = await lockPatientsOf(tx, entries, located);
    const judged = entries.each(named, ({ device, patient, input }) => ({
      next: stateOfAssociation(device, patient, input),
    }));
    await changeDevicesOf(ctx, tx, entries, judged, DeviceStatusChangeReason.ASSOCIATED);
  },
);

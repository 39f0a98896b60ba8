import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { lockPatientsOf } from '../patient/patient-entries';
import { namesPatient } from '../patient/patient-reference';
import { lockSitesOf } from '../site/site-entries';
import { BULK_DEVICE_CODES, changeDevicesOf, lockDevicesOf } from './device-entries';
import type { DeviceResult } from './device-operation';
import type { DisassociateDeviceInput } from './device-operation.input';
import { DeviceStatusChangeReason } from './device-status';
import { findWarehousesOfOrders } from './device.repository';
import { DISASSOCIATION, stateOfDisassociation } from './disassociate-device';

/** `disassociateDevice` for many devices. */
export const disassociateDevices = bulkUseCase<DisassociateDeviceInput, DeviceResult, 'devices'>(
  { name: 'disassociateDevices', list: 'devices', entry: DISASSOCIATION, codes: BULK_DEVICE_CODES },
  async (ctx, tx, entries) => {
    const located = await lockDevicesOf(tx, entries);
    const ofHolder = located.filter(({ input }) => namesPatient(input));
    const ofAnyone = located.filter(({ input }) => !namesPatient(input));
    const named = [
      ...(await lockPatientsOf(tx, entries, ofHolder)),
      ...ofAnyone.map((entry) => ({ ...entry, patient: undefined })),
    ];
    const placed = await lockSitesOf(tx, entries, named, ({ device }) => device.customerId);
    const inOrders = await findWarehousesOfOrders(
      tx,
      placed.map(({ device }) => device),
    );
    const warehouses = new Map(inOrders.map((warehouse) => [warehouse.deviceId, warehouse]));
    const judged = entries.each(placed, ({ device, patient, site, input }) => ({
      next: stateOfDisassociation(device, { patient, site, warehouse: warehouses.get(device.id) }, input),
    }));
    await changeDevicesOf(ctx, tx, entries, judged, DeviceStatusChangeReason.DISASSOCIATED);
  },
);

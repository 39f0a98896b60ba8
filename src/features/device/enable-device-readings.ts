import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { changeDevice } from './device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from './device-operation';
import type { EnableDeviceReadingsInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { isAtImpiloSite, type DeviceState } from './device-rules';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';

/**
 * Lets a DECOMMISSIONED device submit readings again. Its status follows from its order, holder and site. Any other device
 * stays unchanged.
 */
export const enableDeviceReadings = useCase(
  { ...DEVICE_OPERATION, name: 'enableDeviceReadings', action: 'device:override' },
  async (ctx, tx, input: EnableDeviceReadingsInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    if (isAtImpiloSite(device)) ctx.authorize('device:enable-at-warehouse');
    if (device.currentStatus !== DeviceStatus.DECOMMISSIONED) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion, 'device');
    const cause = { reason: DeviceStatusChangeReason.READINGS_ENABLED, ...causeOf(ctx, input) };
    return changeDevice(tx, device, { ...device, currentStatus: statusFromFacts(device) }, cause);
  },
);

/** Status that follows from order, holder, return leg and site. */
export function statusFromFacts(device: DeviceState): DeviceStatus {
  if (device.orderId !== null) return DeviceStatus.IN_TRANSIT;
  if (device.patientId !== null) return DeviceStatus.WITH_PATIENT;
  if (device.returnOrderId !== null || device.siteId === null) return DeviceStatus.RETURNING;
  return isAtImpiloSite(device) ? DeviceStatus.AVAILABLE : DeviceStatus.AVAILABLE_AT_SITE;
}

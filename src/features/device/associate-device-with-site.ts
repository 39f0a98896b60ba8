import type { ParentKey } from '../../platform/list/list';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { lockSiteForDevice } from '../site/site-reference';
import { assertAcceptsDevices } from '../site/site-rules';
import { changeDevice } from './device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from './device-operation';
import type { AssociateDeviceWithSiteInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import {
  assertNoHolder,
  assertNotAtImpiloSite,
  assertNotInTransit,
  atSite,
  isUnchanged,
  keepsStatus,
  type DeviceState,
} from './device-rules';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';

/**
 * Associates a device with a site of its customer. A repeated call changes nothing.
 */
export const associateDeviceWithSite = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'associateDeviceWithSite',
    action: 'device:associate',
    codes: [
      ...DEVICE_OPERATION.codes,
      'SITE_NOT_FOUND',
      'SITE_OPERATED_BY_IMPILO',
      'SITE_INACTIVE',
      'DEVICE_ASSOCIATED',
      'DEVICE_IN_TRANSIT',
      'DEVICE_AT_IMPILO_SITE',
    ],
  },
  async (ctx, tx, input: AssociateDeviceWithSiteInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    const site = await lockSiteForDevice(tx, device.customerId, input.siteId);
    const next = atCustomerSite(device, site);
    if (isUnchanged(device, next)) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion, 'device');
    assertAcceptsDevices(site);
    assertMovableToSite(device);
    const cause = { reason: DeviceStatusChangeReason.ASSOCIATED_WITH_SITE, ...causeOf(ctx, input) };
    return changeDevice(tx, device, next, cause);
  },
);

/** State at the site, without checking any rule. DECOMMISSIONED and LOST devices keep their status. */
export function atCustomerSite(device: DeviceState, site: ParentKey): DeviceState {
  const currentStatus = keepsStatus(device.currentStatus) ? device.currentStatus : DeviceStatus.AVAILABLE_AT_SITE;
  return { ...device, currentStatus, ...atSite(site) };
}

export function assertMovableToSite(device: DeviceState): void {
  assertNoHolder(device);
  assertNotInTransit(device);
  assertNotAtImpiloSite(device);
}

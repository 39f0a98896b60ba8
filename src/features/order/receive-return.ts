import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { changeDevice } from '../device/device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from '../device/device-operation';
import { lockDevice } from '../device/device-reference';
import { isUnchanged } from '../device/device-rules';
import { DeviceStatusChangeReason } from '../device/device-status';
import { lockSiteForDevice } from '../site/site-reference';
import { assertOperatedByImpilo } from '../site/site-rules';
import type { ReceiveReturnInput } from './order-operation.input';
import { received } from './order-rules';

/**
 * Records the fact that a device is in a warehouse, whatever its status. Its association and its return leg end, and it leaves
 * its open order. For operators. A repeated call changes nothing.
 */
export const receiveReturn = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'receiveReturn',
    action: 'device:receive',
    codes: [...DEVICE_OPERATION.codes, 'SITE_NOT_FOUND', 'SITE_NOT_OPERATED_BY_IMPILO'],
  },
  async (ctx, tx, input: ReceiveReturnInput): Promise<DeviceResult> => {
    const device = await lockDevice(tx, input);
    const site = await lockSiteForDevice(tx, device.customerId, input.siteId);
    assertOperatedByImpilo(site);
    const next = received(device, site, input.outcome);
    if (isUnchanged(device, next)) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion, 'device');
    const orderId = device.returnOrderId ?? device.orderId;
    const cause = { reason: DeviceStatusChangeReason.RETURN_RECEIVED, orderId, ...causeOf(ctx, input) };
    return changeDevice(tx, device, next, cause);
  },
);

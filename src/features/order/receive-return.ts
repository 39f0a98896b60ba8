import { DomainError } from '../../platform/base/errors';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { changeDevice } from '../device/device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from '../device/device-operation';
import { lockDevice } from '../device/device-reference';
import { isUnchanged } from '../device/device-rules';
import { DeviceStatusChangeReason } from '../device/device-status';
import { lockSiteForDevice } from '../site/site-reference';
import type { ReceiveReturnInput } from './order-operation.input';
import { received } from './order-rules';

/**
 * Notes the fact that a device is in a warehouse, whatever it was before: its association, its order and its return leg end.
 * For operators. Repeating it changes nothing.
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
    if (site.customerId !== IMPILO_CUSTOMER_ID) {
      const message = "Returns are received in one of Impilo's warehouses: choose one of them.";
      throw new DomainError('SITE_NOT_OPERATED_BY_IMPILO', message, ['input', 'siteId']);
    }
    const next = received(device, site, input.outcome);
    if (isUnchanged(device, next)) return unchanged(tx, device);
    assertVersion(device, input.expectedVersion, 'device');
    const orderId = device.returnOrderId ?? device.orderId;
    const cause = { reason: DeviceStatusChangeReason.RETURN_RECEIVED, orderId, ...causeOf(ctx, input) };
    return changeDevice(tx, device, next, cause);
  },
);

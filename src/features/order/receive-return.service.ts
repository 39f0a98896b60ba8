import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { operateOnDevice, type DeviceResult, type DeviceRequest } from '../device/device-operation';
import { isUnchanged } from '../device/device-rules';
import { StatusChangeReason } from '../device/device-status';
import type { RequestContext } from '../../platform/operation/request-context';
import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { lockSiteForDevice } from '../site/site.service';
import { received } from './order-rules';
import type { ReturnOutcome } from './order-status';

export type ReceiveReturn = DeviceRequest & { siteId: string; outcome: ReturnOutcome };

/** Takes devices back into the warehouses; for operators. */
export class ReceiveReturnService {
  /**
   * Notes the fact that a device is in a warehouse, whatever it was before: its association, its order and its return leg
   * end. Repeating it changes nothing.
   *
   * @throws DomainError DEVICE_NOT_FOUND, SITE_NOT_FOUND, SITE_NOT_OPERATED_BY_IMPILO
   */
  async receive(ctx: RequestContext, request: ReceiveReturn): Promise<DeviceResult> {
    ctx.authorize('device:receive');
    return operateOnDevice(ctx, request, {
      reason: StatusChangeReason.RETURN_RECEIVED,
      references: async (tx, device) => {
        const site = await lockSiteForDevice(tx, device.customerId, request.siteId);
        if (site.customerId !== IMPILO_CUSTOMER_ID) {
          throw new DomainError(
            UserErrorCode.SITE_NOT_OPERATED_BY_IMPILO,
            "Returns are received in one of Impilo's warehouses: choose one of them.",
            ['input', 'siteId'],
          );
        }
        return site;
      },
      isDone: (device, site) => isUnchanged(device, received(device, site, request.outcome)),
      next: (device, site) => received(device, site, request.outcome),
    });
  }
}

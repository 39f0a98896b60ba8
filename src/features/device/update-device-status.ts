import type { RequestContext } from '../../platform/operation/request-context';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import type { Tx } from '../../platform/db/session';
import { changeDevice } from './device-change';
import { DEVICE_OPERATION, unchanged, type DeviceResult } from './device-operation';
import type { DeviceInput, UpdateDeviceStatusInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { overridden, OVERRIDE_RULES } from './device-rules';
import { DeviceStatusChangeReason, type DeviceStatusOverride } from './device-status';

/** Overrides the status of a device: docs/glossary.md#overriding-the-status. A repeated call changes nothing. */
export const updateDeviceStatus = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'updateDeviceStatus',
    action: 'device:override',
    codes: [
      ...DEVICE_OPERATION.codes,
      'DEVICE_NOT_ASSOCIATED',
      'DEVICE_ASSOCIATED',
      'DEVICE_IN_TRANSIT',
      'DEVICE_AT_IMPILO_SITE',
      'DEVICE_WITHOUT_SITE',
      'DEVICE_NOT_AT_IMPILO_SITE',
    ],
  },
  async (ctx, tx, input: UpdateDeviceStatusInput) =>
    overrideStatus(ctx, tx, input, input.status, DeviceStatusChangeReason.STATUS_OVERRIDE),
);

/** @throws DomainError of the first rule that fails: docs/glossary.md#order-of-checks */
export async function overrideStatus(
  ctx: RequestContext,
  tx: Tx,
  input: DeviceInput,
  status: DeviceStatusOverride,
  reason: DeviceStatusChangeReason,
): Promise<DeviceResult> {
  const device = await lockDevice(tx, input);
  ctx.authorize(OVERRIDE_RULES[status].action);
  if (device.currentStatus === status) return unchanged(tx, device);
  assertVersion(device, input.expectedVersion, 'device');
  return changeDevice(tx, device, overridden(device, status), { reason, ...causeOf(ctx, input) });
}

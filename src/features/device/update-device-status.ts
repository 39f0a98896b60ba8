import type { RequestContext } from '../../platform/operation/request-context';
import { assertVersion } from '../../platform/operation/expected-version';
import { useCase } from '../../platform/operation/use-case';
import type { Tx } from '../../platform/db/session';
import { changeTo, DEVICE_OPERATION, type DeviceResult } from './device-operation';
import type { DeviceInput, UpdateDeviceStatusInput } from './device-operation.input';
import { lockDevice } from './device-reference';
import { overridden, OVERRIDE_RULES, type DeviceState } from './device-rules';
import { DeviceStatusChangeReason, type DeviceStatusOverride } from './device-status';
import type { DeviceEntity } from './device.entity';

/** Options of `updateDeviceStatus` and `updateDeviceStatuses`. */
export const OVERRIDE = {
  ...DEVICE_OPERATION,
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
} as const;

/** Overrides the status of a device: docs/glossary.md#overriding-the-status. A repeated call changes nothing. */
export const updateDeviceStatus = useCase(
  { ...OVERRIDE, name: 'updateDeviceStatus' },
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
  return changeTo(ctx, tx, device, stateOfOverride(device, status, input), reason, input);
}

/** Next state of a device whose status is overridden. Null when it has that status. */
export function stateOfOverride(
  device: DeviceEntity,
  status: DeviceStatusOverride,
  input: DeviceInput,
): DeviceState | null {
  if (device.currentStatus === status) return null;
  assertVersion(device, input.expectedVersion, 'device');
  return overridden(device, status);
}

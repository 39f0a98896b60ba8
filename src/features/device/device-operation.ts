import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import type { RequestContext } from '../../platform/operation/request-context';
import { DomainError } from '../../platform/base/errors';
import { checkInput, noteRule } from '../../platform/operation/input-rules';
import type { DeviceAssociationEntity } from './device-association.entity';
import { changeDevice } from './device-change';
import { findOpenAssociation } from './device-history.repository';
import { lockDevice, pathOfDevice, type DeviceReference } from './device-reference';
import { assertVersion, type DeviceState } from './device-rules';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { StatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';

/** What every operation on a device is given. */
export interface DeviceRequest extends DeviceReference {
  note?: string | null;
  expectedVersion?: number | null;
}

/** What every operation on a device answers. */
export interface DeviceResult {
  device: DeviceEntity;
  /** The association that ended or began; when nothing had to change, the open one. */
  association: DeviceAssociationEntity | null;
  /** Null when nothing had to change. */
  statusChange: DeviceStatusChangeEntity | null;
}

/** The steps of an operation that differ; the others and their order are the same for all, see domain.md. */
export interface DeviceOperation<References> {
  reason: StatusChangeReason;
  /** Finds the other things that the input names, and asserts that they agree and that the caller may. */
  references: (tx: Tx, device: DeviceEntity) => Promise<References>;
  /** Whether the device is already as it shall be. */
  isDone: (device: DeviceEntity, references: References) => boolean;
  /** Asserts the operation's own rules, and says what the device becomes. */
  next: (device: DeviceEntity, references: References, tx: Tx) => DeviceState | Promise<DeviceState>;
}

/** What the use cases of one device have in common; a refusal that names no member of the input is about the device. */
export const DEVICE_OPERATION = { input: { note: noteRule }, subject: pathOfDevice };

/** The result of an operation that finds the device as it shall be. */
export async function unchanged(tx: Tx, device: DeviceEntity): Promise<DeviceResult> {
  return { device, association: await findOpenAssociation(tx, device), statusChange: null };
}

const RULES = z.object({ note: noteRule });

/**
 * Runs an operation on one device in one transaction, in the order of domain.md: the device is found and locked, other
 * references are found, the caller may, nothing to change (succeeds), expected version, own rules, change.
 */
export async function operateOnDevice<References>(
  ctx: RequestContext,
  request: DeviceRequest,
  operation: DeviceOperation<References>,
): Promise<DeviceResult> {
  const { note } = checkInput(RULES, { note: request.note });
  return ctx.transact(async (tx) => {
    const device = await lockDevice(tx, request);
    return refusedForDevice(request, operate(ctx, tx, device, request, note ?? null, operation));
  });
}

async function operate<References>(
  ctx: RequestContext,
  tx: Tx,
  device: DeviceEntity,
  request: DeviceRequest,
  note: string | null,
  operation: DeviceOperation<References>,
): Promise<DeviceResult> {
  const references = await operation.references(tx, device);
  if (operation.isDone(device, references))
    return { device, association: await findOpenAssociation(tx, device), statusChange: null };
  assertVersion(device, request.expectedVersion);
  const next = await operation.next(device, references, tx);
  return changeDevice(tx, device, next, { reason: operation.reason, note, actor: ctx.caller.actor });
}

/** A refusal that names no member of the input is about the device: its path is the member that named it. */
export async function refusedForDevice<T>(reference: DeviceReference, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const path = pathOfDevice(reference);
    throw new DomainError(error.problems.map((problem) => ({ ...problem, path: problem.path ?? path })));
  }
}

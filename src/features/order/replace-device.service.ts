import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import { changeDevice } from '../device/device-change';
import { refusedForDevice, type DeviceRequest } from '../device/device-operation';
import { lockDevice, pathOfDevice } from '../device/device-reference';
import { assertVersion } from '../device/device-rules';
import { StatusChangeReason } from '../device/device-status';
import type { DeviceEntity } from '../device/device.entity';
import type { RequestContext } from '../../platform/operation/request-context';
import { DomainError } from '../../platform/base/errors';
import { checkInput, noteRule } from '../../platform/operation/input-rules';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { lockOpenRecipient } from './order-recipient';
import { assertReplaceable, sentBack } from './order-rules';
import { OrderKind, OrderStatus, ShipmentLeg } from './order-status';
import { recordSteps, type StepCause } from './order-step';
import { insertOrder, insertReturnDevice } from './order-writing.repository';
import { findDevicesOfOrders, findOrders } from './order.repository';
import type { OrderEntity } from './order.entity';
import { dispatch } from './process-order.service';
import { lockStock } from './stock.repository';

export interface ReplacedDevice {
  order: OrderEntity;
  defectiveDevice: DeviceEntity;
  replacementDevice: DeviceEntity;
}

const RULES = z.object({ note: noteRule });

/** Exchanges defective devices. */
export class ReplaceDeviceService {
  /**
   * Sends a defective device back and another of its item to where it was, in one transaction. Repeating it while the
   * device is on its way back answers that order.
   *
   * @throws DomainError DEVICE_NOT_FOUND, STALE_VERSION, DEVICE_IN_TRANSIT, DEVICE_AT_IMPILO_SITE, DEVICE_NOT_REPLACEABLE,
   *   PATIENT_ARCHIVED, SITE_INACTIVE, NO_REPLACEMENT_IN_STOCK
   */
  async replace(ctx: RequestContext, request: DeviceRequest): Promise<ReplacedDevice> {
    ctx.authorize('device:replace');
    const { note } = checkInput(RULES, { note: request.note });
    const cause = { note: note ?? null, actor: ctx.caller.actor };
    return ctx.transact(async (tx) => {
      const defective = await lockDevice(tx, request);
      if (defective.returnOrderId !== null) return findReplacement(tx, defective, defective.returnOrderId);
      assertVersion(defective, request.expectedVersion);
      return refusedForDevice(request, beginReplacement(tx, defective, pathOfDevice(request), cause));
    });
  }
}

/** What was begun when the device went on its way back. */
async function findReplacement(tx: Tx, defectiveDevice: DeviceEntity, orderId: string): Promise<ReplacedDevice> {
  const [order] = await findOrders(tx, [orderId]);
  const devices = await findDevicesOfOrders(tx, [order!]);
  const replacementDevice = devices.find(({ leg }) => leg === ShipmentLeg.OUTBOUND)!;
  return { order: order!, defectiveDevice, replacementDevice };
}

async function beginReplacement(
  tx: Tx,
  defective: DeviceEntity,
  path: string[],
  cause: StepCause,
): Promise<ReplacedDevice> {
  assertReplaceable(defective);
  const { customerId, itemId, patientId } = defective;
  // A holder goes before the site: the device is with the patient, wherever it was kept before.
  const recipient = { customerId, patientId, siteId: patientId === null ? defective.siteId : null };
  const shipTo = await lockOpenRecipient(tx, recipient, path);
  const [spare] = await lockStock(tx, customerId, itemId, 1);
  if (!spare) {
    throw new DomainError(
      UserErrorCode.NO_REPLACEMENT_IN_STOCK,
      "The customer's stock has no other device of this item.",
    );
  }
  const order = await insertOrder(
    tx,
    {
      ...recipient,
      kind: OrderKind.REPLACEMENT,
      currentStatus: OrderStatus.PROCESSED,
      externalOrderId: null,
      shipTo,
      note: cause.note,
    },
    [{ itemId, count: 1 }],
  );
  await insertReturnDevice(tx, order, defective);
  const { device: defectiveDevice } = await changeDevice(tx, defective, sentBack(defective, order.id), {
    reason: StatusChangeReason.REPLACED,
    ...cause,
  });
  const [replacementDevice] = await dispatch(tx, order, [spare], cause);
  await recordSteps(tx, order, [OrderStatus.CREATED, OrderStatus.PROCESSED], cause);
  return { order, defectiveDevice, replacementDevice: replacementDevice! };
}

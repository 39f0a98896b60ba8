import type { Tx } from '../../platform/db/session';
import { changeDevice } from '../device/device-change';
import { DEVICE_OPERATION } from '../device/device-operation';
import { lockDevice } from '../device/device-reference';
import { DeviceStatusChangeReason } from '../device/device-status';
import type { DeviceEntity } from '../device/device.entity';
import { DomainError } from '../../platform/base/errors';
import { assertVersion } from '../../platform/operation/expected-version';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { rowsByIds } from '../../platform/list/list';
import type { ReplaceDeviceInput } from './order-operation.input';
import { lockOpenRecipient } from './order-recipient';
import { assertReplaceable, sentBack, stands } from './order-rules';
import { OrderKind, OrderStatus, ParcelDirection } from './order-status';
import { dispatch, recordEvents, statusChanged } from './order-step';
import { insertOrder, insertReturnDevice, findDevicesOfOrders } from './order.repository';
import { ORDERS } from './order.list';
import type { OrderEntity } from './order.entity';
import { lockStock } from './stock.repository';

const { CREATED, PROCESSED } = OrderStatus;

interface ReplacedDevice {
  order: OrderEntity;
  defectiveDevice: DeviceEntity;
  replacementDevice: DeviceEntity;
}

interface EarlierReplacement {
  order: OrderEntity;
  sent: DeviceEntity;
}

/**
 * Sends a defective device back and another device of the same item to the same recipient, in one transaction. A repeated call
 * during the return leg returns the existing order, while the device that it sent is with the recipient or on its way there.
 */
export const replaceDevice = useCase(
  {
    ...DEVICE_OPERATION,
    name: 'replaceDevice',
    action: 'device:replace',
    codes: [
      ...DEVICE_OPERATION.codes,
      'DEVICE_IN_TRANSIT',
      'DEVICE_AT_IMPILO_SITE',
      'DEVICE_NOT_REPLACEABLE',
      'PATIENT_ARCHIVED',
      'SITE_INACTIVE',
      'NO_REPLACEMENT_IN_STOCK',
    ],
  },
  async (ctx, tx, input: ReplaceDeviceInput): Promise<ReplacedDevice> => {
    const defective = await lockDevice(tx, input);
    const earlier = await findReplacement(tx, defective);
    if (earlier && stands(earlier.order, earlier.sent))
      return { order: earlier.order, defectiveDevice: defective, replacementDevice: earlier.sent };
    assertVersion(defective, input.expectedVersion, 'defectiveDevice');
    if (earlier) refuseAnother(earlier);
    assertReplaceable(defective);
    const { customerId, itemId, patientId } = defective;
    // The holder takes precedence over the site: a device with a patient may keep the site that it came from.
    const recipient = { customerId, patientId, siteId: patientId === null ? defective.siteId : null };
    const shipTo = await lockOpenRecipient(tx, recipient);
    const [spare] = await lockStock(tx, customerId, itemId, 1);
    if (!spare) {
      const message = "The customer's stock has no other device of this item.";
      throw new DomainError('NO_REPLACEMENT_IN_STOCK', message);
    }
    const cause = causeOf(ctx, input);
    const created = { kind: OrderKind.REPLACEMENT, currentStatus: PROCESSED, externalOrderId: null, shipTo };
    // Always inserted, because it has no external identifier.
    const order = (await insertOrder(tx, { ...recipient, ...created }, [{ itemId, quantity: 1 }]))!;
    await insertReturnDevice(tx, order, defective);
    const replaced = { reason: DeviceStatusChangeReason.REPLACED, orderId: order.id, ...cause };
    const { device: defectiveDevice } = await changeDevice(tx, defective, sentBack(defective, order.id), replaced);
    const [replacementDevice] = await dispatch(tx, order, [spare], cause);
    await recordEvents(tx, order, [statusChanged(null, CREATED), statusChanged(CREATED, PROCESSED)], cause);
    return { order, defectiveDevice, replacementDevice: replacementDevice! };
  },
);

/** Finds the replacement because of which the device is on its return leg. */
async function findReplacement(tx: Tx, { returnOrderId }: DeviceEntity): Promise<EarlierReplacement | undefined> {
  if (returnOrderId === null) return undefined;
  const [order] = await rowsByIds(tx, ORDERS, [returnOrderId]);
  const devices = await findDevicesOfOrders(tx, [order!]);
  return { order: order!, sent: devices.find(({ leg }) => leg === ParcelDirection.OUTBOUND)! };
}

/** The replacement came to nothing, but the defective device is still expected back because of it. */
function refuseAnother({ order, sent }: EarlierReplacement): never {
  const message =
    `The device is on the return leg of order ${order.id}, and the device that this order sent (${sent.currentStatus}) is no longer with ` +
    'the recipient. Say where the defective device is with cancelReturn, then replace it again.';
  throw new DomainError('DEVICE_IN_TRANSIT', message);
}

import type { ParentKey } from '../../platform/list/list';
import type { DeviceState } from '../device/device-rules';
import { atSite, isAtImpiloSite, keepsStatus } from '../device/device-rules';
import { DeviceStatus } from '../device/device-status';
import { DomainError } from '../../platform/base/errors';
import { ReturnOutcome } from './order-status';
import type { OrderEntity } from './order.entity';

/** What a device of the stock becomes when an order dispatches it; a patient's order makes the patient its holder at once. */
export function dispatched(device: DeviceState, order: Pick<OrderEntity, 'id' | 'patientId'>): DeviceState {
  return {
    ...device,
    currentStatus: DeviceStatus.IN_TRANSIT,
    patientId: order.patientId,
    siteCustomerId: null,
    siteId: null,
    orderId: order.id,
  };
}

/** What a device becomes when its order is delivered: it leaves the order, and what is still under way arrives. */
export function delivered(
  device: DeviceState,
  order: Pick<OrderEntity, 'customerId' | 'patientId' | 'siteId'>,
): DeviceState {
  const left = { ...device, orderId: null };
  if (device.currentStatus !== DeviceStatus.IN_TRANSIT) return left;
  if (order.patientId !== null) return { ...left, currentStatus: DeviceStatus.WITH_PATIENT };
  return {
    ...left,
    currentStatus: DeviceStatus.AVAILABLE_AT_SITE,
    siteCustomerId: order.customerId,
    siteId: order.siteId,
  };
}

/**
 * What a device becomes when its order is cancelled: it goes back to its warehouse and loses the holder that the order gave
 * it. One that was overridden to WITH_PATIENT stays with the patient.
 */
export function recalled(device: DeviceState, warehouse: ParentKey): DeviceState {
  const left = { ...device, orderId: null };
  if (device.currentStatus === DeviceStatus.WITH_PATIENT) return left;
  const currentStatus = keepsStatus(device.currentStatus) ? device.currentStatus : DeviceStatus.AVAILABLE;
  return { ...left, currentStatus, patientId: null, ...atSite(warehouse) };
}

/** What a defective device becomes: it is on its way back. */
export function sentBack(device: DeviceState, orderId: string): DeviceState {
  return {
    ...device,
    currentStatus: keepsStatus(device.currentStatus) ? device.currentStatus : DeviceStatus.RETURNING,
    patientId: null,
    siteCustomerId: null,
    siteId: null,
    returnOrderId: orderId,
  };
}

/** What a device becomes that has arrived in a warehouse, whatever it was. */
export function received(device: DeviceState, warehouse: ParentKey, outcome: ReturnOutcome): DeviceState {
  return {
    ...device,
    currentStatus: outcome === ReturnOutcome.RESTOCK ? DeviceStatus.AVAILABLE : DeviceStatus.DECOMMISSIONED,
    patientId: null,
    ...atSite(warehouse),
    orderId: null,
    returnOrderId: null,
  };
}

/**
 * Asserts that a defective device can be replaced: a patient has it, or it is at a customer's site.
 *
 * @throws DomainError DEVICE_IN_TRANSIT, DEVICE_AT_IMPILO_SITE, DEVICE_NOT_REPLACEABLE
 */
export function assertReplaceable(device: DeviceState): void {
  if (device.orderId !== null) {
    throw new DomainError('DEVICE_IN_TRANSIT', 'The device is under way by an order: wait until it has arrived.');
  }
  if (device.patientId !== null) return;
  if (isAtImpiloSite(device)) {
    throw new DomainError(
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse: nobody has it whom a replacement could be sent to.',
    );
  }
  if (device.siteId === null) {
    throw new DomainError(
      'DEVICE_NOT_REPLACEABLE',
      'No patient has the device and it is at no site of the customer: there is nobody to send a replacement to.',
    );
  }
}

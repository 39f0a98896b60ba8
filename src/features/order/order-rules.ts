import type { ParentKey } from '../../platform/list/list';
import type { DeviceState } from '../device/device-rules';
import { atSite, isAtImpiloSite, keepsStatus } from '../device/device-rules';
import { DeviceStatus } from '../device/device-status';
import { DomainError } from '../../platform/base/errors';
import { ReturnOutcome } from './order-status';
import type { OrderEntity } from './order.entity';

/** State of a stock device that an order dispatches. An order for a patient makes the patient the holder immediately. */
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

/** State of a device whose order is delivered. The device leaves the order, and arrives if it is IN_TRANSIT. */
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
 * State of a device whose order is canceled. The device goes back to its warehouse and loses the holder that the order gave
 * it. A device that was overridden to WITH_PATIENT stays with the patient.
 */
export function recalled(device: DeviceState, warehouse: ParentKey): DeviceState {
  const left = { ...device, orderId: null };
  if (device.currentStatus === DeviceStatus.WITH_PATIENT) return left;
  const currentStatus = keepsStatus(device.currentStatus) ? device.currentStatus : DeviceStatus.AVAILABLE;
  return { ...left, currentStatus, patientId: null, ...atSite(warehouse) };
}

/** State of a defective device on its way back. */
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

/** State of a device that does not come back, with a patient or at a site. */
export function kept(device: DeviceState, place: { patientId: string } | { site: ParentKey }): DeviceState {
  const [status, where] =
    'site' in place
      ? [DeviceStatus.AVAILABLE_AT_SITE, { patientId: null, ...atSite(place.site) }]
      : [DeviceStatus.WITH_PATIENT, { patientId: place.patientId }];
  const currentStatus = keepsStatus(device.currentStatus) ? device.currentStatus : status;
  return { ...device, currentStatus, ...where, orderId: null, returnOrderId: null };
}

/** Whether the device that a replacement sent is with its recipient, or on its way there. */
export function stands(
  order: Pick<OrderEntity, 'id' | 'patientId' | 'siteId'>,
  replacement: Pick<DeviceState, 'orderId' | 'patientId' | 'siteId'>,
): boolean {
  if (replacement.orderId === order.id) return true;
  return order.patientId === null ? replacement.siteId === order.siteId : replacement.patientId === order.patientId;
}

/** State of a device that arrived in a warehouse, whatever its state before. */
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
 * Asserts that a defective device can be replaced: it has a holder, or is at a site of the customer.
 *
 * @throws DomainError DEVICE_IN_TRANSIT, DEVICE_AT_IMPILO_SITE, DEVICE_NOT_REPLACEABLE
 */
export function assertReplaceable(device: DeviceState): void {
  if (device.orderId !== null) {
    throw new DomainError('DEVICE_IN_TRANSIT', 'The device is in an open order. Wait until it has arrived.');
  }
  if (device.patientId !== null) return;
  if (isAtImpiloSite(device)) {
    throw new DomainError(
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse. Only a device with a patient or at a site of the customer can be replaced.',
    );
  }
  if (device.siteId === null) {
    throw new DomainError(
      'DEVICE_NOT_REPLACEABLE',
      'No patient has the device, and it is at no site. Say where it is with cancelReturn, then replace it.',
    );
  }
}

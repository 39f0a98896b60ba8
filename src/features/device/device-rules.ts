import type { Action } from '../../platform/access/policy';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import type { ParentKey } from '../../platform/list/list';
import type { DeviceEntity } from './device.entity';
import type { DeviceStatus, DeviceStatusOverride } from './device-status';

/** Status of a device and the facts that it follows from. */
export type DeviceState = Pick<
  DeviceEntity,
  'currentStatus' | 'patientId' | 'siteCustomerId' | 'siteId' | 'orderId' | 'returnOrderId'
>;

export const isAtImpiloSite = (device: DeviceState): boolean => device.siteCustomerId === IMPILO_CUSTOMER_ID;
export const atSite = (site: ParentKey) => ({ siteCustomerId: site.customerId, siteId: site.id });

/** Whether `next` equals the current state, including order and return leg. */
export function isUnchanged(device: DeviceState, next: DeviceState): boolean {
  return staysInPlace(device, next) && device.orderId === next.orderId && device.returnOrderId === next.returnOrderId;
}

/** Whether status, holder and site stay the same. */
export function staysInPlace(device: DeviceState, next: DeviceState): boolean {
  return (
    device.currentStatus === next.currentStatus && device.patientId === next.patientId && device.siteId === next.siteId
  );
}

/** Refuses because of the device's state. The use case adds the path of the field that names the device. */
export function refuse(code: UserErrorCode, message: string): never {
  throw new DomainError(code, message);
}

export function assertNotInTransit(device: DeviceState): void {
  if (device.orderId !== null)
    refuse('DEVICE_IN_TRANSIT', 'The device is in an open order. Wait until it has arrived.');
  if (device.returnOrderId !== null) {
    const message =
      'The device is on a return leg. Wait until it is received, or call cancelReturn if it does not come back.';
    refuse('DEVICE_IN_TRANSIT', message);
  }
}

export function assertNoHolder(device: DeviceState): void {
  if (device.patientId !== null) refuse('DEVICE_ASSOCIATED', 'A patient has the device. Disassociate it first.');
}

/** @throws DomainError DEVICE_NOT_ASSOCIATED */
export function assertHolder(device: DeviceState): void {
  if (device.patientId === null)
    refuse('DEVICE_NOT_ASSOCIATED', 'No patient has the device. Associate it with a patient first.');
}

export function assertNotAtImpiloSite(device: DeviceState): void {
  if (isAtImpiloSite(device)) {
    refuse(
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse. It leaves the warehouse only by an order. Create an order.',
    );
  }
}

export function assertHasSite(device: DeviceState): void {
  if (device.siteId === null)
    refuse('DEVICE_WITHOUT_SITE', 'The device is at no site. Associate it with a site first.');
}

/** Whether a device is on its way back, by a return leg or since it has no holder, no site and no open order. */
export const isReturning = (device: DeviceState): boolean =>
  device.patientId === null && device.siteId === null && device.orderId === null;

/** Whether a status survives a change of holder or site, because it describes the device itself. */
const IS_KEPT: Readonly<Record<DeviceStatus, boolean>> = {
  AVAILABLE: false,
  IN_TRANSIT: false,
  AVAILABLE_AT_SITE: false,
  WITH_PATIENT: false,
  RETURNING: false,
  DECOMMISSIONED: true,
  LOST: true,
};

export const keepsStatus = (status: DeviceStatus): boolean => IS_KEPT[status];

interface OverrideRule {
  /** Permission that setting the status requires. */
  action: Action;
  /** Asserts that the device's state allows the status. */
  assertSettable: (device: DeviceState) => void;
}

const setByHand = (assertSettable: OverrideRule['assertSettable'] = () => undefined): OverrideRule => ({
  action: 'device:override',
  assertSettable,
});

/** The table of docs/glossary.md#overriding-the-status. IN_TRANSIT and RETURNING are reached only by orders and returns. */
export const OVERRIDE_RULES: Readonly<Record<DeviceStatusOverride, OverrideRule>> = {
  AVAILABLE: {
    ...setByHand((device) => {
      assertNoHolder(device);
      assertNotInTransit(device);
      if (!isAtImpiloSite(device))
        refuse(
          'DEVICE_NOT_AT_IMPILO_SITE',
          'Only a device in an Impilo warehouse can be AVAILABLE. Use AVAILABLE_AT_SITE at a site of the customer.',
        );
    }),
    action: 'device:make-available',
  },
  AVAILABLE_AT_SITE: setByHand((device) => {
    assertNoHolder(device);
    assertNotInTransit(device);
    assertNotAtImpiloSite(device);
    assertHasSite(device);
  }),
  WITH_PATIENT: setByHand(assertHolder),
  DECOMMISSIONED: setByHand(),
  LOST: setByHand(),
};

/** State with an overridden status. The caller's permission for the status is checked before. */
export function overridden(device: DeviceState, status: DeviceStatusOverride): DeviceState {
  OVERRIDE_RULES[status].assertSettable(device);
  return { ...device, currentStatus: status };
}

/** @param path of the value that is in use, if known */
export function duplicateIdentifier(path = ['input', 'identifiers']): DomainError {
  return new DomainError(
    'IDENTIFIER_TAKEN',
    'The value of an identifier is already in use. Values are unique across the platform and all types.',
    path,
  );
}

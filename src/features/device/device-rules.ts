import type { Action } from '../../platform/access/policy';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import type { ParentKey } from '../../platform/list/list';
import type { DeviceEntity } from './device.entity';
import type { DeviceStatus, DeviceStatusOverride } from './device-status';

/** The facts of a device that its status follows from. */
export type DeviceState = Pick<
  DeviceEntity,
  'currentStatus' | 'patientId' | 'siteCustomerId' | 'siteId' | 'orderId' | 'returnOrderId'
>;

export const isAtImpiloSite = (device: DeviceState): boolean => device.siteCustomerId === IMPILO_CUSTOMER_ID;
const isUnderWay = (device: DeviceState): boolean => device.orderId !== null || device.returnOrderId !== null;
export const atSite = (site: ParentKey) => ({ siteCustomerId: site.customerId, siteId: site.id });

/** Whether an operation would leave a device as it is. */
export function isUnchanged(device: DeviceState, next: DeviceState): boolean {
  return staysInPlace(device, next) && device.orderId === next.orderId && device.returnOrderId === next.returnOrderId;
}

/** Whether status, holder and site stay. */
export function staysInPlace(device: DeviceState, next: DeviceState): boolean {
  return (
    device.currentStatus === next.currentStatus && device.patientId === next.patientId && device.siteId === next.siteId
  );
}

/** A refusal for the state of the device: the service adds which member of the input named it. */
export function refuse(code: UserErrorCode, message: string): never {
  throw new DomainError(code, message);
}

export function assertNotUnderWay(device: DeviceState): void {
  if (isUnderWay(device))
    refuse('DEVICE_IN_TRANSIT', 'The device is under way by an order, there or back: wait until it has arrived.');
}

export function assertNoHolder(device: DeviceState): void {
  if (device.patientId !== null) refuse('DEVICE_ASSOCIATED', 'A patient has the device: disassociate it first.');
}

/** @throws DomainError DEVICE_NOT_ASSOCIATED */
export function assertHolder(device: DeviceState): void {
  if (device.patientId === null)
    refuse('DEVICE_NOT_ASSOCIATED', 'No patient has the device: associate it with one first.');
}

export function assertNotAtImpiloSite(device: DeviceState): void {
  if (isAtImpiloSite(device)) {
    refuse(
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse: order it, stock leaves a warehouse by an order.',
    );
  }
}

export function assertHasSite(device: DeviceState): void {
  if (device.siteId === null)
    refuse('DEVICE_WITHOUT_SITE', 'The device is at no site: associate it with a site first.');
}

/** Whether a status stays when holder or site change: it is about the device itself. A new status does not compile without. */
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
  /** Whoever may do this may set the status by hand. */
  action: Action;
  /** Asserts what of the device must hold for it. */
  assertSettable: (device: DeviceState) => void;
}

const setByHand = (assertSettable: OverrideRule['assertSettable'] = () => undefined): OverrideRule => ({
  action: 'device:override',
  assertSettable,
});

/** The table of docs/glossary.md#overriding-the-status. IN_TRANSIT and RETURNING result from orders and returns only. */
export const OVERRIDE_RULES: Readonly<Record<DeviceStatusOverride, OverrideRule>> = {
  AVAILABLE: {
    ...setByHand((device) => {
      assertNoHolder(device);
      assertNotUnderWay(device);
      if (!isAtImpiloSite(device))
        refuse('DEVICE_NOT_AT_IMPILO_SITE', 'The device is not in an Impilo warehouse: only stock there is AVAILABLE.');
    }),
    action: 'device:make-available',
  },
  AVAILABLE_AT_SITE: setByHand((device) => {
    assertNoHolder(device);
    assertNotUnderWay(device);
    assertNotAtImpiloSite(device);
    assertHasSite(device);
  }),
  WITH_PATIENT: setByHand(assertHolder),
  DECOMMISSIONED: setByHand(),
  LOST: setByHand(),
};

/** The override of the status. The caller's right to set this one is checked before. */
export function overridden(device: DeviceState, status: DeviceStatusOverride): DeviceState {
  OVERRIDE_RULES[status].assertSettable(device);
  return { ...device, currentStatus: status };
}

/** An identifier as it is compared: without case, spaces, colons and hyphens. */
export function normalizeIdentifier(value: string): string {
  return value.toUpperCase().replace(/[\s:-]/g, '');
}

/** @param path of the value, when it is known which of them */
export function duplicateIdentifier(path = ['input', 'identifiers']): DomainError {
  return new DomainError(
    'IDENTIFIER_TAKEN',
    'A device has one of these identifiers already: each is unique over the platform and all types.',
    path,
  );
}

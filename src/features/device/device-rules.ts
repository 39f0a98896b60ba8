import type { Action } from '../../platform/access/policy';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import type { ParentKey } from '../../platform/list/list';
import type { DeviceEntity } from './device.entity';
import { DeviceStatus } from './device-status';

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

/** What is said of each status: a new one does not compile without. */
interface StatusRule {
  /** Stays when holder or site change: it is about the device itself. */
  isKept: boolean;
  /** Whoever may do this may set it by hand. */
  action: Action;
  /** Asserts what of the device must hold for it to be set by hand. */
  assertSettable: (device: DeviceState) => void;
}

const setByHand = (assertSettable: (device: DeviceState) => void): StatusRule => ({
  isKept: false,
  action: 'device:override',
  assertSettable,
});

const reachedByOrder = (status: DeviceStatus): StatusRule =>
  setByHand(() => {
    throw new DomainError(
      'STATUS_NOT_SETTABLE',
      `${status} is reached by an order or a return only, never set by hand.`,
      ['input', 'status'],
    );
  });

const KEPT: StatusRule = { ...setByHand(() => undefined), isKept: true };

/** The table of domain.md. */
export const STATUS_RULES: Readonly<Record<DeviceStatus, StatusRule>> = {
  AVAILABLE: {
    ...setByHand((device) => {
      assertNoHolder(device);
      assertNotUnderWay(device);
      if (!isAtImpiloSite(device))
        refuse('DEVICE_NOT_AT_IMPILO_SITE', 'The device is not in an Impilo warehouse: only stock there is AVAILABLE.');
    }),
    action: 'device:make-available',
  },
  IN_TRANSIT: reachedByOrder(DeviceStatus.IN_TRANSIT),
  AVAILABLE_AT_SITE: setByHand((device) => {
    assertNoHolder(device);
    assertNotUnderWay(device);
    assertNotAtImpiloSite(device);
    assertHasSite(device);
  }),
  WITH_PATIENT: setByHand(assertHolder),
  RETURNING: reachedByOrder(DeviceStatus.RETURNING),
  DECOMMISSIONED: KEPT,
  LOST: KEPT,
};

/** Whether a status stays when holder or site change. */
export const keepsStatus = (status: DeviceStatus): boolean => STATUS_RULES[status].isKept;

/** The override of the status. The caller's right to set this one is checked before. */
export function overridden(device: DeviceState, status: DeviceStatus): DeviceState {
  STATUS_RULES[status].assertSettable(device);
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

import type { NewEvent } from '../../platform/event/outbox';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';

export const DEVICE_STATUS_CHANGED = 'device.statusChanged';
export const DEVICE_ASSOCIATION_CREATED = 'device.associationCreated';
export const DEVICE_ASSOCIATION_REMOVED = 'device.associationRemoved';

/** The payload of an event is the row that it tells of, complete: whoever follows the events needs no further read. */
export function deviceStatusChanged(change: DeviceStatusChangeEntity): NewEvent {
  return { id: change.eventId, customerId: change.customerId, type: DEVICE_STATUS_CHANGED, payload: { ...change } };
}

export function deviceAssociationCreated(association: DeviceAssociationEntity): NewEvent {
  return { customerId: association.customerId, type: DEVICE_ASSOCIATION_CREATED, payload: { ...association } };
}

export function deviceAssociationRemoved(association: DeviceAssociationEntity): NewEvent {
  return { customerId: association.customerId, type: DEVICE_ASSOCIATION_REMOVED, payload: { ...association } };
}

/** A status change in an event's payload, where JSON has made its time a text. */
export type StatusChangePayload = Omit<DeviceStatusChangeEntity, 'changedAt'> & { changedAt: string };

export function toStatusChangePayload(payload: Record<string, unknown>): StatusChangePayload {
  return payload as unknown as StatusChangePayload;
}

export function toStatusChange(payload: Record<string, unknown>): DeviceStatusChangeEntity {
  const row = toStatusChangePayload(payload);
  return { ...row, changedAt: new Date(row.changedAt) };
}

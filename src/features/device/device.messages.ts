import { ActorKind } from '../../platform/access/actor';
import { toActorMessage } from '../../platform/access/actor-message';
import type { EventMessage, MessagesOfEvents } from '../../platform/event/event-message';
import { toCamelCase } from '../../platform/base/camel-case';
import type { DeviceAssociationEntity } from './device-association.entity';
import {
  DEVICE_ASSOCIATION_CREATED,
  DEVICE_ASSOCIATION_REMOVED,
  DEVICE_STATUS_CHANGED,
  toStatusChangePayload,
  type StatusChangePayload,
} from './device.events';
import { DeviceStatus, StatusChangeReason } from './device-status';

/** An association in an event's payload, where JSON has made its times texts. */
type AssociationPayload = Omit<DeviceAssociationEntity, 'startedAt' | 'endedAt'> & {
  startedAt: string;
  endedAt: string | null;
};

function statusChanged(change: StatusChangePayload): EventMessage {
  const { customerId: _customer, eventId: _event, changedByKind, changedByLabel, ...rest } = change;
  return {
    type: DEVICE_STATUS_CHANGED,
    payload: {
      ...rest,
      previousStatus: change.previousStatus && toCamelCase(change.previousStatus),
      status: toCamelCase(change.status),
      reason: toCamelCase(change.reason),
      changedBy: toActorMessage(changedByKind, changedByLabel),
    },
  };
}

function association(type: string, row: AssociationPayload): EventMessage {
  const { id, deviceId, patientId, startedAt, endedAt, startedByKind, startedByLabel, endedByKind, endedByLabel } = row;
  return {
    type,
    payload: {
      id,
      deviceId,
      patientId,
      startedAt,
      endedAt,
      startedBy: toActorMessage(startedByKind, startedByLabel),
      endedBy: endedByKind && endedByLabel !== null ? toActorMessage(endedByKind, endedByLabel) : null,
    },
  };
}

/** What events of devices tell the outside. */
export const DEVICE_MESSAGES: MessagesOfEvents = {
  [DEVICE_STATUS_CHANGED]: (payload) => [statusChanged(toStatusChangePayload(payload))],
  [DEVICE_ASSOCIATION_CREATED]: (payload) => [
    association(DEVICE_ASSOCIATION_CREATED, payload as unknown as AssociationPayload),
  ],
  [DEVICE_ASSOCIATION_REMOVED]: (payload) => [
    association(DEVICE_ASSOCIATION_REMOVED, payload as unknown as AssociationPayload),
  ],
};

const SAMPLE_ASSOCIATION: AssociationPayload = {
  customerId: '0',
  id: '1',
  deviceId: '1',
  patientId: '1',
  startedAt: '2026-01-02T15:04:05.000Z',
  endedAt: null,
  startedByKind: ActorKind.SYSTEM,
  startedByLabel: 'Test delivery',
  endedByKind: null,
  endedByLabel: null,
};

/** What a test delivery of each type tells: of things that are not there. */
export const DEVICE_SAMPLES: readonly EventMessage[] = [
  association(DEVICE_ASSOCIATION_CREATED, SAMPLE_ASSOCIATION),
  association(DEVICE_ASSOCIATION_REMOVED, {
    ...SAMPLE_ASSOCIATION,
    endedAt: '2026-02-03T15:04:05.000Z',
    endedByKind: ActorKind.SYSTEM,
    endedByLabel: 'Test delivery',
  }),
  statusChanged({
    customerId: '0',
    id: '1',
    eventId: '1',
    deviceId: '1',
    deviceVersion: 2,
    previousStatus: DeviceStatus.AVAILABLE_AT_SITE,
    status: DeviceStatus.WITH_PATIENT,
    reason: StatusChangeReason.ASSOCIATED,
    note: null,
    patientId: '1',
    previousPatientId: null,
    siteId: '1',
    previousSiteId: '1',
    changedAt: '2026-01-02T15:04:05.000Z',
    changedByKind: ActorKind.SYSTEM,
    changedByLabel: 'Test delivery',
  }),
];

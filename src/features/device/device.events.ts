import { ActorKind, toActorColumns, toActorMessage } from '../../platform/access/actor';
import { toCamelCase } from '../../platform/base/camel-case';
import { defineEvent, type Stored } from '../../platform/event/event-catalog';
import type { NewEvent } from '../../platform/event/outbox';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { DeviceIdentifierChangeEntity } from './device-identifier-change.entity';
import { DeviceIdentifierType, DeviceStatus, DeviceStatusChangeReason } from './device-status';

export type StoredStatusChange = Stored<DeviceStatusChangeEntity>;
export type StoredIdentifierChange = Stored<DeviceIdentifierChangeEntity>;
type StoredAssociation = Stored<DeviceAssociationEntity>;

/** Ids of things that do not exist. */
const SAMPLE_DEVICE = { customerId: '0', id: '1', deviceId: '1' };
const SAMPLE = { ...SAMPLE_DEVICE, patientId: '1' };
const SAMPLE_ACTOR = { kind: ActorKind.SYSTEM, label: 'Test delivery', apiKeyId: null };

const SAMPLE_ASSOCIATION: StoredAssociation = {
  ...SAMPLE,
  startedAt: '2026-01-02T15:04:05.000Z',
  endedAt: null,
  ...toActorColumns('startedBy', SAMPLE_ACTOR),
  endedByKind: null,
  endedByLabel: null,
  endedByApiKeyId: null,
};

/** Each payload is the complete row that changed, so consumers need no further read. */
export const DEVICE_EVENTS = {
  statusChanged: defineEvent<DeviceStatusChangeEntity>({
    type: 'device.statusChanged',
    description: "A device's status, holder or site changed",
    // Earlier releases wrote changedAt, changedByKind and changedByLabel, and no orderId.
    upgrade: ({ changedAt, changedByKind, changedByLabel, ...change }) => ({
      ...{ occurredAt: changedAt, actorKind: changedByKind, actorLabel: changedByLabel, actorApiKeyId: null },
      orderId: null,
      ...change,
    }),
    message: ({
      customerId: _customer,
      eventId: _event,
      actorKind,
      actorLabel,
      actorApiKeyId: _apiKey,
      ...change
    }) => ({
      ...change,
      previousStatus: change.previousStatus && toCamelCase(change.previousStatus),
      status: toCamelCase(change.status),
      reason: toCamelCase(change.reason),
      actor: toActorMessage(actorKind, actorLabel),
    }),
    sample: {
      ...SAMPLE,
      eventId: '1',
      deviceVersion: 2,
      previousStatus: DeviceStatus.AVAILABLE_AT_SITE,
      status: DeviceStatus.WITH_PATIENT,
      reason: DeviceStatusChangeReason.ASSOCIATED,
      orderId: null,
      note: null,
      previousPatientId: null,
      siteId: '1',
      previousSiteId: '1',
      occurredAt: '2026-01-02T15:04:05.000Z',
      ...toActorColumns('actor', SAMPLE_ACTOR),
    },
  }),
  associationCreated: defineEvent<DeviceAssociationEntity>({
    type: 'device.associationCreated',
    description: 'A device was associated with a patient',
    message: toAssociationMessage,
    sample: SAMPLE_ASSOCIATION,
  }),
  associationRemoved: defineEvent<DeviceAssociationEntity>({
    type: 'device.associationRemoved',
    description: 'The association of a device with a patient ended',
    message: toAssociationMessage,
    sample: {
      ...SAMPLE_ASSOCIATION,
      endedAt: '2026-02-03T15:04:05.000Z',
      ...toActorColumns('endedBy', SAMPLE_ACTOR),
    },
  }),
  identifiersChanged: defineEvent<DeviceIdentifierChangeEntity>({
    type: 'device.identifiersChanged',
    description: 'Identifiers of a device were added, replaced or removed',
    message: toIdentifierMessage,
    sample: {
      ...SAMPLE_DEVICE,
      eventId: '1',
      deviceVersion: 2,
      changes: [
        {
          type: DeviceIdentifierType.ICCID,
          previousValue: '8901260852291234567',
          value: '8901260852291234575',
        },
      ],
      note: null,
      occurredAt: '2026-01-02T15:04:05.000Z',
      ...toActorColumns('actor', SAMPLE_ACTOR),
    },
  }),
};

function toIdentifierMessage(row: StoredIdentifierChange): Record<string, unknown> {
  const { id, deviceId, deviceVersion, changes, note, occurredAt, actorKind, actorLabel } = row;
  return {
    id,
    deviceId,
    deviceVersion,
    changes: changes.map((change) => ({ ...change, type: toCamelCase(change.type) })),
    note,
    occurredAt,
    actor: toActorMessage(actorKind, actorLabel),
  };
}

function toAssociationMessage(row: StoredAssociation): Record<string, unknown> {
  const { id, deviceId, patientId, startedAt, endedAt, startedByKind, startedByLabel, endedByKind, endedByLabel } = row;
  return {
    id,
    deviceId,
    patientId,
    startedAt,
    endedAt,
    startedBy: toActorMessage(startedByKind, startedByLabel),
    endedBy: endedByKind && endedByLabel !== null ? toActorMessage(endedByKind, endedByLabel) : null,
  };
}

export function deviceStatusChanged(change: DeviceStatusChangeEntity): NewEvent {
  return DEVICE_EVENTS.statusChanged.create(change.customerId, change, change.eventId);
}

/** Converts the payload of an event to the row of its status change. */
export function toStatusChange(payload: Record<string, unknown>): DeviceStatusChangeEntity {
  const change = DEVICE_EVENTS.statusChanged.read(payload);
  return { ...change, occurredAt: new Date(change.occurredAt) };
}

export function deviceIdentifiersChanged(change: DeviceIdentifierChangeEntity): NewEvent {
  return DEVICE_EVENTS.identifiersChanged.create(change.customerId, change, change.eventId);
}

/** Converts the payload of an event to the row of its change of identifiers. */
export function toIdentifierChange(payload: Record<string, unknown>): DeviceIdentifierChangeEntity {
  const change = DEVICE_EVENTS.identifiersChanged.read(payload);
  return { ...change, occurredAt: new Date(change.occurredAt) };
}

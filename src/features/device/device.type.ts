import { nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { ListLength } from '../../platform/operation/field-extensions';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { ChangedIdentifier, DeviceIdentifierChangeEntity } from './device-identifier-change.entity';
import type { DeviceIdentifierEntity } from './device-identifier.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceIdentifierType, DevicePlacement, DeviceStatus, DeviceStatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';
import type { DeviceCountRow } from './device.list';

export const DeviceIdentifier = objectType<DeviceIdentifierEntity>(
  'DeviceIdentifier',
  'Identifier of a device: a number or address that names this device only, such as its serial number.',
  {
    type: required(DeviceIdentifierType, 'Type of the identifier.'),
    value: required(String, 'Value as registered. Unique across the platform, whatever its writing.'),
  },
);

export const Device = nodeType<DeviceEntity>(
  'Device',
  'A device: one serialized unit of an item, such as a cuff, meter or scale, owned by one customer.',
  {
    currentStatus: required(DeviceStatus, 'Current status of the device.'),
    placement: required(
      DevicePlacement,
      'Where the device is, even while its status does not say: a `DECOMMISSIONED` device may be at a site or with a patient.',
    ),
    statusChangedAt: required(DateTime, 'Time at which the device got its current status.'),
    version: required(
      Int,
      'Version of the device. Each change of status, holder, site or identifiers increments it by one; readings do not. Pass it as `expectedVersion` to change the device only if it is still in the state that you read.',
    ),
    createdAt: required(DateTime, 'Time at which the device was registered.'),
    updatedAt: required(DateTime, 'Time of the latest change of status, holder, site or identifiers.'),
  },
);

export const DeviceAssociation = nodeType<DeviceAssociationEntity>(
  'DeviceAssociation',
  'A period in which a patient holds a device: from `startedAt` up to, but not including, `endedAt`.',
  {
    startedAt: required(DateTime, 'Time at which the association started.'),
    endedAt: optional(DateTime, 'Time at which the association ended. Null while it is open.'),
  },
);

export const DeviceStatusChange = nodeType<DeviceStatusChangeEntity>(
  'DeviceStatusChange',
  "A change of a device's status, holder or site. It has status, holder and site before and after the change, including those that stayed the same.",
  {
    previousStatus: optional(
      DeviceStatus,
      'Status before the change. Null when the change is the registration of the device.',
    ),
    status: required(DeviceStatus, 'Status after the change.'),
    reason: required(DeviceStatusChangeReason, 'Reason for the change.'),
    note: optional(String, 'Note of the caller. Null when none was given.', { weight: 'text' }),
    deviceVersion: required(Int, '`Device.version` after the change. It orders the changes of one device.'),
    occurredAt: required(DateTime, 'Time of the change.'),
  },
);

export const ChangedDeviceIdentifier = objectType<ChangedIdentifier>(
  'ChangedDeviceIdentifier',
  'An identifier that a change added, replaced or removed.',
  {
    type: required(DeviceIdentifierType, 'Type of the identifier.'),
    previousValue: optional(String, 'Value before the change. Null when the identifier was added.'),
    value: optional(String, 'Value after the change. Null when the identifier was removed.'),
  },
);

export const DeviceIdentifierChange = nodeType<DeviceIdentifierChangeEntity>(
  'DeviceIdentifierChange',
  "A change of a device's identifiers, by `updateDeviceIdentifiers`.",
  {
    changes: required([ChangedDeviceIdentifier], 'The identifiers that changed: at least one, each of another type.'),
    note: optional(String, 'Note of the caller. Null when none was given.', { weight: 'text' }),
    deviceVersion: required(Int, '`Device.version` after the change. It orders the changes of one device.'),
    occurredAt: required(DateTime, 'Time of the change.'),
  },
);

export const DeviceCount = objectType<DeviceCountRow>('DeviceCount', 'Number of devices of one item in one status.', {
  status: required(DeviceStatus, 'Status that is counted.'),
  count: required(Int, 'Number of devices, at least 1.'),
});

// For the cost: a few types of devices in some of their statuses.
ListLength(30)(DeviceCount);

export const DeviceConnection = connectionType(Device, 'Device', 'devices');
export const DeviceAssociationConnection = connectionType(DeviceAssociation, 'DeviceAssociation', 'associations');
export const DeviceStatusChangeConnection = connectionType(DeviceStatusChange, 'DeviceStatusChange', 'status changes');
export const DeviceIdentifierChangeConnection = connectionType(
  DeviceIdentifierChange,
  'DeviceIdentifierChange',
  'changes of identifiers',
);

const IDENTIFIER_TYPES = Object.keys(DeviceIdentifierType).length;
for (const type of [DeviceIdentifier, ChangedDeviceIdentifier]) ListLength(IDENTIFIER_TYPES)(type);

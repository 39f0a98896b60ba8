import { nodeType, objectType, optional, required } from '../../platform/graphql/types';
import { Int } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceIdentifierEntity } from './device-identifier.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceIdentifierType, DevicePlacement, DeviceStatus, DeviceStatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';
import type { DeviceCountRow } from './device.list';

export const DeviceIdentifier = objectType<DeviceIdentifierEntity>(
  'DeviceIdentifier',
  'A number or address that names one device, e.g. its serial number.',
  {
    type: required(DeviceIdentifierType, 'What kind of identifier.'),
    value: required(
      String,
      'As it was registered. Compared without case, spaces, colons and hyphens; unique over the platform.',
    ),
  },
);

export const Device = nodeType<DeviceEntity>(
  'Device',
  'One serialised unit of an item, owned by a customer: a certain cuff, meter or scale.',
  {
    currentStatus: required(DeviceStatus, 'Where the device stands now.'),
    placement: required(
      DevicePlacement,
      'Where the device is, whatever `currentStatus` says: a DECOMMISSIONED device is somewhere too.',
    ),
    statusChangedAt: required(DateTime, 'Since when it has its status.'),
    version: required(
      Int,
      'Grows by one with each change of status, holder or site; readings do not touch it. Hand it to `expectedVersion` to change only what you saw.',
    ),
    createdAt: required(DateTime, 'When the device was registered.'),
    updatedAt: required(DateTime, 'When its status, holder or site changed last.'),
  },
);

export const DeviceAssociation = nodeType<DeviceAssociationEntity>(
  'DeviceAssociation',
  'One period in which a patient held a device: from `startedAt` up to, not including, `endedAt`.',
  {
    startedAt: required(DateTime, 'When the patient got the device.'),
    endedAt: optional(DateTime, 'When the patient had it no longer; null while the patient has it.'),
  },
);

export const DeviceStatusChange = nodeType<DeviceStatusChangeEntity>(
  'DeviceStatusChange',
  "One change of a device's status, holder or site, with both sides of each, also where two of the three stay.",
  {
    previousStatus: optional(DeviceStatus, 'Status right before the change; null when the device was registered.'),
    status: required(DeviceStatus, 'Status right after the change.'),
    reason: required(DeviceStatusChangeReason, 'Why it changed.'),
    note: optional(String, 'What the caller noted; null when nothing was.'),
    deviceVersion: required(Int, 'Device.version right after the change: orders the changes of one device.'),
    occurredAt: required(DateTime, 'When the device changed.'),
  },
);

export const DeviceCount = objectType<DeviceCountRow>('DeviceCount', 'How many devices of an item have a status.', {
  status: required(DeviceStatus, 'The status that is counted.'),
  count: required(Int, 'How many devices; pairs that have none are left out.'),
});

export const DeviceConnection = connectionType(Device, 'Device', 'devices');
export const DeviceAssociationConnection = connectionType(DeviceAssociation, 'DeviceAssociation', 'associations');
export const DeviceStatusChangeConnection = connectionType(DeviceStatusChange, 'DeviceStatusChange', 'status changes');

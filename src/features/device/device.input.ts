import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { filteredList } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { SortDirection } from '../../platform/list/definition';
import { DeviceIdentifierType, DeviceStatus } from './device-status';
import { DeviceSortField } from './device.list';

export const DeviceSort = inputType('DeviceSort', 'How devices are sorted.', {
  field: required(DeviceSortField, 'By what: the field.'),
  direction: required(SortDirection, 'Which way: ascending or descending.'),
});
export type DeviceSort = InstanceType<typeof DeviceSort>;

export const DeviceFilter = inputType(
  'DeviceFilter',
  'Which devices to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
  {
    status: optional([DeviceStatus], 'Devices in any of these statuses.'),
    siteId: optional([ID], 'Devices that are at any of these sites now.'),
    patientId: optional([ID], 'Devices that any of these patients has now.'),
    itemId: optional([ID], 'Devices of any of these items.'),
    identifier: optional(
      String,
      'The device with this identifier of any type, without regard to case, spaces, colons and hyphens.',
    ),
    associated: optional(Boolean, 'With true, devices that a patient has now; with false, those that nobody has.'),
    updatedSince: optional(DateTime, 'Devices whose status, holder or site changed at this instant or later.'),
    lastReadingBefore: optional(
      DateTime,
      'Devices that have been silent since before this instant; one that never sent a reading counts.',
    ),
    customerId: optional([ID], 'Devices of any of these customers; for operators.'),
  },
);
export type DeviceFilter = InstanceType<typeof DeviceFilter>;

export const DevicesArguments = argumentsType({
  ...filteredList('devices', DeviceFilter),
  sort: optional(DeviceSort, 'How to sort them; by id when absent.'),
});
export type DevicesArguments = InstanceType<typeof DevicesArguments>;

export const DeviceStatusFilter = inputType(
  'DeviceStatusFilter',
  'Which status changes to stream; conditions are combined with "and". A change matches when the state before it or the state after it does.',
  {
    deviceId: optional([ID], 'Changes of any of these devices.'),
    siteId: optional([ID], 'Changes of devices that were or are at any of these sites.'),
    patientId: optional([ID], 'Changes of devices that any of these patients had or has.'),
    status: optional([DeviceStatus], 'Changes from or to any of these statuses.'),
    customerId: optional([ID], 'Changes of devices of any of these customers; for operators.'),
  },
);
export type DeviceStatusFilter = InstanceType<typeof DeviceStatusFilter>;

export const DeviceStatusChangedArguments = argumentsType({
  filter: optional(DeviceStatusFilter, 'Which changes to stream; all of them when absent.'),
  after: optional(
    String,
    'A cursor of an earlier event, or `Query.streamCursor`: the stream continues with what follows it. If omitted, only changes from now on are sent.',
  ),
});
export type DeviceStatusChangedArguments = InstanceType<typeof DeviceStatusChangedArguments>;

export const DeviceByIdentifierArguments = argumentsType({
  identifier: required(String, 'Any of its identifiers, without regard to case, spaces, colons and hyphens.'),
  type: optional(DeviceIdentifierType, 'Only an identifier of this type; any when absent.'),
});
export type DeviceByIdentifierArguments = InstanceType<typeof DeviceByIdentifierArguments>;

export const DeviceCountsArguments = argumentsType({
  filter: optional(DeviceFilter, 'Which devices to count; all of them when absent.'),
});
export type DeviceCountsArguments = InstanceType<typeof DeviceCountsArguments>;

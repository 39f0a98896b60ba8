import { streamAfter } from '../../platform/graphql/stream-event.type';
import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { listOf } from '../../platform/graphql/filter-members';
import { ID } from 'type-graphql';
import { DeviceIdentifierType, DeviceStatus } from './device-status';

export const DeviceStatusChangeFilter = inputType(
  'DeviceStatusChangeFilter',
  'Filter for status changes. A change matches if the state before it or the state after it meets all given conditions. A list matches any of its values, at most 1,000; an empty list matches nothing.',
  {
    deviceIds: listOf(ID, 'Changes of any of these devices.'),
    siteIds: listOf(ID, 'Changes of devices that were at any of these sites before or after the change.'),
    patientIds: listOf(ID, 'Changes of devices that any of these patients held before or after the change.'),
    statuses: listOf(DeviceStatus, 'Changes from or to any of these statuses.'),
    customerIds: listOf(ID, 'Changes of devices of any of these customers. For operators.'),
  },
);
export type DeviceStatusChangeFilter = InstanceType<typeof DeviceStatusChangeFilter>;

export const DeviceStatusChangedArguments = argumentsType({
  filter: optional(DeviceStatusChangeFilter, 'Filter for the changes to stream. All are streamed when omitted.'),
  after: streamAfter('If omitted, only new changes are sent.'),
});
export type DeviceStatusChangedArguments = InstanceType<typeof DeviceStatusChangedArguments>;

export const DeviceIdentifierChangeFilter = inputType(
  'DeviceIdentifierChangeFilter',
  'Filter for changes of identifiers. A change matches if it meets all given conditions. A list matches any of its values, at most 1,000; an empty list matches nothing.',
  {
    deviceIds: listOf(ID, 'Changes of any of these devices.'),
    customerIds: listOf(ID, 'Changes of devices of any of these customers. For operators.'),
  },
);
export type DeviceIdentifierChangeFilter = InstanceType<typeof DeviceIdentifierChangeFilter>;

export const DeviceIdentifiersChangedArguments = argumentsType({
  filter: optional(DeviceIdentifierChangeFilter, 'Filter for the changes to stream. All are streamed when omitted.'),
  after: streamAfter('If omitted, only new changes are sent.'),
});
export type DeviceIdentifiersChangedArguments = InstanceType<typeof DeviceIdentifiersChangedArguments>;

export const DeviceByIdentifierArguments = argumentsType({
  identifier: required(String, 'Any identifier of the device, in any usual writing.'),
  type: optional(DeviceIdentifierType, 'Type of the identifier. If omitted, identifiers of every type match.'),
});
export type DeviceByIdentifierArguments = InstanceType<typeof DeviceByIdentifierArguments>;

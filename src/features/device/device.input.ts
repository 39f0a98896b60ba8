import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { DeviceIdentifierType, DeviceStatus } from './device-status';

export const DeviceStatusChangeFilter = inputType(
  'DeviceStatusChangeFilter',
  'Which status changes to stream; conditions are combined with "and". A change matches when the state before it or the state after it does.',
  {
    deviceIds: optional([ID], 'Changes of any of these devices.'),
    siteIds: optional([ID], 'Changes of devices that were or are at any of these sites.'),
    patientIds: optional([ID], 'Changes of devices that any of these patients had or has.'),
    statuses: optional([DeviceStatus], 'Changes from or to any of these statuses.'),
    customerIds: optional([ID], 'Changes of devices of any of these customers; for operators.'),
  },
);
export type DeviceStatusChangeFilter = InstanceType<typeof DeviceStatusChangeFilter>;

export const DeviceStatusChangedArguments = argumentsType({
  filter: optional(DeviceStatusChangeFilter, 'Which changes to stream; all of them when absent.'),
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

import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { SortDirection } from '../../platform/list/definition';
import { DeviceIdentifierType, DeviceStatus } from './device-status';
import { DeviceSortField } from './device.list';

@InputType({ description: 'How devices are sorted.' })
export class DeviceSort {
  @Field(() => DeviceSortField, { description: 'By what: the field.' })
  field: DeviceSortField;

  @Field(() => SortDirection, { description: 'Which way: ascending or descending.' })
  direction: SortDirection;
}

@InputType({
  description:
    'Which devices to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
})
export class DeviceFilter {
  @Field(() => [DeviceStatus], { nullable: true, description: 'Devices in any of these statuses.' })
  status?: DeviceStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Devices that are at any of these sites now.' })
  siteId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Devices that any of these patients has now.' })
  patientId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Devices of any of these items.' })
  itemId?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The device with this identifier of any type, without regard to case, spaces, colons and hyphens.',
  })
  identifier?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With true, devices that a patient has now; with false, those that nobody has.',
  })
  associated?: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Devices whose status, holder or site changed at this instant or later.',
  })
  updatedSince?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Devices that have been silent since before this instant; one that never sent a reading counts.',
  })
  lastReadingBefore?: Date | null;

  @Field(() => [ID], { nullable: true, description: 'Devices of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class DevicesArguments extends ConnectionArguments {
  @Field(() => DeviceFilter, { nullable: true, description: 'Which devices to answer; all of them when absent.' })
  filter?: DeviceFilter | null;

  @Field(() => DeviceSort, { nullable: true, description: 'How to sort them; by id when absent.' })
  sort?: DeviceSort | null;
}

@InputType({
  description:
    'Which status changes to stream; conditions are combined with "and". A change matches when the state before it or the state after it does.',
})
export class DeviceStatusFilter {
  @Field(() => [ID], { nullable: true, description: 'Changes of any of these devices.' })
  deviceId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Changes of devices that were or are at any of these sites.' })
  siteId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Changes of devices that any of these patients had or has.' })
  patientId?: string[] | null;

  @Field(() => [DeviceStatus], { nullable: true, description: 'Changes from or to any of these statuses.' })
  status?: DeviceStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Changes of devices of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class DeviceStatusChangedArguments {
  @Field(() => DeviceStatusFilter, { nullable: true, description: 'Which changes to stream; all of them when absent.' })
  filter?: DeviceStatusFilter | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A cursor of an earlier change, or `Query.deviceStatusCursor`: the stream goes on right behind it. Changes from now on when absent.',
  })
  after?: string | null;
}

@ArgsType()
export class DeviceByIdentifierArguments {
  @Field(() => String, {
    description: 'Any of its identifiers, without regard to case, spaces, colons and hyphens.',
  })
  identifier: string;

  @Field(() => DeviceIdentifierType, {
    nullable: true,
    description: 'Only an identifier of this type; any when absent.',
  })
  type?: DeviceIdentifierType | null;
}

@ArgsType()
export class DeviceCountsArguments {
  @Field(() => DeviceFilter, { nullable: true, description: 'Which devices to count; all of them when absent.' })
  filter?: DeviceFilter | null;
}

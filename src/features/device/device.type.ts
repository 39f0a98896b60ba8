import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceIdentifierEntity } from './device-identifier.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceIdentifierType, DeviceStatus, StatusChangeReason } from './device-status';
import type { DeviceEntity } from './device.entity';
import type { DeviceCountRow } from './device.repository';

@ObjectType({
  description: 'A number or address that names one device, e.g. its serial number.',
  simpleResolvers: true,
})
export class DeviceIdentifier implements Pick<DeviceIdentifierEntity, 'type' | 'value'> {
  @Field(() => DeviceIdentifierType, { description: 'What kind of identifier.' })
  type: DeviceIdentifierType;

  @Field(() => String, {
    description: 'As it was registered. Compared without case, spaces, colons and hyphens; unique over the platform.',
  })
  value: string;
}

type ShownOfDevice = 'currentStatus' | 'statusChangedAt' | 'version' | 'createdAt' | 'updatedAt';

@ObjectType({
  implements: Node,
  description: 'One serialised unit of an item, owned by a customer: a certain cuff, meter or scale.',
  simpleResolvers: true,
})
export class Device extends Node implements Pick<DeviceEntity, ShownOfDevice> {
  @DatabaseId() databaseId: string;

  @Field(() => DeviceStatus, { description: 'Where the device stands now.' })
  currentStatus: DeviceStatus;

  @Field(() => DateTime, { description: 'Since when it has its status.' })
  statusChangedAt: Date;

  @Field(() => Int, {
    description:
      'Grows by one with each change of status, holder or site; readings do not touch it. Hand it to `expectedVersion` to change only what you saw.',
  })
  version: number;

  @Field(() => DateTime, { description: 'When the device was registered.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When its status, holder or site changed last.' })
  updatedAt: Date;
}

type ShownOfAssociation = 'startedAt' | 'endedAt';

@ObjectType({
  implements: Node,
  description: 'One period in which a patient held a device: from `startedAt` up to, not including, `endedAt`.',
  simpleResolvers: true,
})
export class DeviceAssociation extends Node implements Pick<DeviceAssociationEntity, ShownOfAssociation> {
  @DatabaseId() databaseId: string;

  @Field(() => DateTime, { description: 'When the patient got the device.' })
  startedAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the patient had it no longer; null while the patient has it.',
  })
  endedAt: Date | null;
}

type ShownOfStatusChange = 'previousStatus' | 'status' | 'reason' | 'note' | 'deviceVersion' | 'changedAt';

@ObjectType({
  implements: Node,
  description:
    "One change of a device's status, holder or site, with both sides of each, also where two of the three stay.",
  simpleResolvers: true,
})
export class DeviceStatusChange extends Node implements Pick<DeviceStatusChangeEntity, ShownOfStatusChange> {
  @DatabaseId() databaseId: string;

  @Field(() => DeviceStatus, {
    nullable: true,
    description: 'Status right before the change; null when the device was registered.',
  })
  previousStatus: DeviceStatus | null;

  @Field(() => DeviceStatus, { description: 'Status right after the change.' })
  status: DeviceStatus;

  @Field(() => StatusChangeReason, { description: 'Why it changed.' })
  reason: StatusChangeReason;

  @Field(() => String, { nullable: true, description: 'What the caller noted; null when nothing was.' })
  note: string | null;

  @Field(() => Int, { description: 'Device.version right after the change: orders the changes of one device.' })
  deviceVersion: number;

  @Field(() => DateTime, { description: 'When it changed.' })
  changedAt: Date;
}

@ObjectType({ description: 'How many devices of an item have a status.', simpleResolvers: true })
export class DeviceCount implements Pick<DeviceCountRow, 'status' | 'count'> {
  @Field(() => DeviceStatus, { description: 'The status that is counted.' })
  status: DeviceStatus;

  @Field(() => Int, { description: 'How many devices; pairs that have none are left out.' })
  count: number;
}

export const DeviceConnection = connectionType(Device, 'Device', 'devices');
export const DeviceAssociationConnection = connectionType(DeviceAssociation, 'DeviceAssociation', 'associations');
export const DeviceStatusChangeConnection = connectionType(DeviceStatusChange, 'DeviceStatusChange', 'status changes');

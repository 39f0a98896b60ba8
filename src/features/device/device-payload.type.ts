import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../../platform/graphql/user-error.type';
import { Device, DeviceAssociation, DeviceStatusChange } from './device.type';

/** What the answer of every operation on a device has. */
@ObjectType({ simpleResolvers: true })
abstract class DevicePayload {
  @Field(() => Device, { nullable: true, description: 'The device as it is now; null when the change was refused.' })
  device: Device | null;

  @Field(() => DeviceStatusChange, {
    nullable: true,
    description: 'What changed; null when the change was refused, or when the device was like that already.',
  })
  statusChange: DeviceStatusChange | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it succeeded.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'The answer of `associateDeviceWithSite`.', simpleResolvers: true })
export class AssociateDeviceWithSitePayload extends DevicePayload {}

@ObjectType({ description: 'The answer of `disassociateDevice`.', simpleResolvers: true })
export class DisassociateDevicePayload extends DevicePayload {
  @Field(() => DeviceAssociation, {
    nullable: true,
    description: 'The association that ended; null when the change was refused.',
  })
  association: DeviceAssociation | null;
}

@ObjectType({ description: 'The answer of `updateDeviceStatus`.', simpleResolvers: true })
export class UpdateDeviceStatusPayload extends DevicePayload {}

@ObjectType({ description: 'The answer of `disableDeviceReadings`.', simpleResolvers: true })
export class DisableDeviceReadingsPayload extends DevicePayload {}

@ObjectType({ description: 'The answer of `enableDeviceReadings`.', simpleResolvers: true })
export class EnableDeviceReadingsPayload extends DevicePayload {}

@ObjectType({ description: 'The answer of `registerDevice`.', simpleResolvers: true })
export class RegisterDevicePayload extends DevicePayload {}

import { Field, ID, InputType, Int } from 'type-graphql';
import { DeviceIdentifierType, DeviceStatus } from './device-status';

/** Every operation names its device alike. */
@InputType()
export abstract class DeviceInput {
  @Field(() => ID, { nullable: true, description: 'Which device: its global id or its databaseId.' })
  deviceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which device: any of its identifiers. Given together with deviceId, both must mean the same device.',
  })
  deviceIdentifier?: string | null;

  @Field(() => String, { nullable: true, description: 'A note that is kept with the change; up to 2000 characters.' })
  note?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Refuse the change when this is not the device's version any more (STALE_VERSION).",
  })
  expectedVersion?: number | null;
}

@InputType()
abstract class DeviceAndPatientInput extends DeviceInput {
  @Field(() => ID, { nullable: true, description: 'Which patient: the global id or the databaseId.' })
  patientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  })
  patientExternalIdentifier?: string | null;
}

@InputType({ description: 'Gives a device to a patient. The device must be AVAILABLE_AT_SITE.' })
export class AssociateDeviceInput extends DeviceAndPatientInput {}

@InputType({ description: "Puts a device at one of its customer's sites." })
export class AssociateDeviceWithSiteInput extends DeviceInput {
  @Field(() => ID, { description: 'Which site: an active one of the customer.' })
  siteId: string;
}

@InputType({ description: 'Takes a device from the patient who has it. A patient that is named must be that one.' })
export class DisassociateDeviceInput extends DeviceAndPatientInput {
  @Field(() => ID, {
    nullable: true,
    description: "The customer's site where the device is from now on; where it was when absent.",
  })
  siteId?: string | null;
}

@InputType({ description: 'Overrides the status of a device.' })
export class UpdateDeviceStatusInput extends DeviceInput {
  @Field(() => DeviceStatus, {
    description:
      "DECOMMISSIONED and LOST always; WITH_PATIENT while a patient has it; AVAILABLE_AT_SITE for a free device at a customer's site; AVAILABLE by operators only, in a warehouse.",
  })
  status: DeviceStatus;
}

@InputType({ description: 'Blocks a device from submitting readings.' })
export class DisableDeviceReadingsInput extends DeviceInput {}

@InputType({ description: 'Lets a decommissioned device submit readings again.' })
export class EnableDeviceReadingsInput extends DeviceInput {}

@InputType({ description: 'A number or address that names one device, e.g. its serial number.' })
export class DeviceIdentifierInput {
  @Field(() => DeviceIdentifierType, { description: 'What kind of identifier; one of each kind at the most.' })
  type: DeviceIdentifierType;

  @Field(() => String, {
    description: '1 to 64 letters, digits, spaces and `:._/-`. Unique over the platform and all types.',
  })
  value: string;
}

@InputType({ description: 'A new device.' })
export class RegisterDeviceInput {
  @Field(() => ID, { description: 'The customer who owns it.' })
  customerId: string;

  @Field(() => ID, { description: 'Which item it is a unit of.' })
  itemId: string;

  @Field(() => ID, { description: "Where it is: a warehouse, or one of the customer's sites." })
  siteId: string;

  @Field(() => [DeviceIdentifierInput], { description: 'Its identifiers: at least one, of each type one at the most.' })
  identifiers: DeviceIdentifierInput[];
}

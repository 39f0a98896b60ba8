import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import type { RequestContext } from '../../platform/operation/request-context';
import { toPayload } from '../../platform/operation/user-errors';
import { associateDevice } from './associate-device';
import {
  AssociateDeviceInput,
  AssociateDeviceWithSiteInput,
  DisableDeviceReadingsInput,
  DisassociateDeviceInput,
  EnableDeviceReadingsInput,
  RegisterDeviceInput,
  UpdateDeviceStatusInput,
} from './device-operation.input';
import type { DeviceOperationsService } from './device-operations.service';
import {
  AssociateDeviceWithSitePayload,
  DisableDeviceReadingsPayload,
  DisassociateDevicePayload,
  EnableDeviceReadingsPayload,
  RegisterDevicePayload,
  UpdateDeviceStatusPayload,
} from './device-payload.type';
import { Device, DeviceAssociation, DeviceStatusChange } from './device.type';
import type { RegisterDeviceService } from './register-device.service';

const DEVICE = [Device, 'The device as it is now; null when the change was refused.'] as const;
const STATUS_CHANGE = [
  DeviceStatusChange,
  'What changed; null when the change was refused, or when the device was like that already.',
] as const;

export const DeviceMutations = mutationResolver(
  mutation(associateDevice, {
    description:
      'Gives a device to a patient. The device must be owned by the customer, be at one of its sites and be AVAILABLE_AT_SITE. Safe to repeat.',
    input: [AssociateDeviceInput, 'Which device, which patient.'],
    payload: {
      device: DEVICE,
      statusChange: STATUS_CHANGE,
      association: [
        DeviceAssociation,
        'The association that the patient has with the device now; null when the change was refused.',
      ],
    },
  }),
);

@Resolver()
export class DeviceOperationsResolver {
  constructor(
    private readonly operations: DeviceOperationsService,
    private readonly registration: RegisterDeviceService,
  ) {}

  @Mutation(() => AssociateDeviceWithSitePayload, {
    nullable: true,
    description:
      "Puts a free device at one of its customer's sites, where it becomes AVAILABLE_AT_SITE. Safe to repeat.",
  })
  associateDeviceWithSite(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => AssociateDeviceWithSiteInput, { description: 'Which device, which site.' })
    input: AssociateDeviceWithSiteInput,
  ) {
    return toPayload(this.operations.associateWithSite(ctx, input));
  }

  @Mutation(() => DisassociateDevicePayload, {
    nullable: true,
    description: 'Takes a device from the patient who has it; always possible, whatever its status.',
  })
  disassociateDevice(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => DisassociateDeviceInput, { description: 'Which device, and where it is now.' })
    input: DisassociateDeviceInput,
  ) {
    return toPayload(this.operations.disassociate(ctx, input));
  }

  @Mutation(() => UpdateDeviceStatusPayload, {
    nullable: true,
    description: 'Overrides the status of a device; its holder and its site stay. Safe to repeat.',
  })
  updateDeviceStatus(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => UpdateDeviceStatusInput, { description: 'Which device, which status.' })
    input: UpdateDeviceStatusInput,
  ) {
    return toPayload(this.operations.updateStatus(ctx, input));
  }

  @Mutation(() => DisableDeviceReadingsPayload, {
    nullable: true,
    description: 'Blocks a device from submitting readings: it becomes DECOMMISSIONED. Safe to repeat.',
  })
  disableDeviceReadings(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => DisableDeviceReadingsInput, { description: 'Which device.' }) input: DisableDeviceReadingsInput,
  ) {
    return toPayload(this.operations.disableReadings(ctx, input));
  }

  @Mutation(() => EnableDeviceReadingsPayload, {
    nullable: true,
    description:
      'Lets a DECOMMISSIONED device submit readings again; its status follows from where it is. Safe to repeat.',
  })
  enableDeviceReadings(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => EnableDeviceReadingsInput, { description: 'Which device.' }) input: EnableDeviceReadingsInput,
  ) {
    return toPayload(this.operations.enableReadings(ctx, input));
  }

  @Mutation(() => RegisterDevicePayload, {
    nullable: true,
    description:
      'Makes a device known to the platform, AVAILABLE or AVAILABLE_AT_SITE by its site. For operators. A repeated call is refused: DUPLICATE_IDENTIFIER.',
  })
  registerDevice(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => RegisterDeviceInput, { description: 'The new device.' }) input: RegisterDeviceInput,
  ) {
    return toPayload(this.registration.register(ctx, input));
  }
}

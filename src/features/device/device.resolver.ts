import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { itemById } from '../item/item.loader';
import { Item } from '../item/item.type';
import { patientById } from '../patient/patient.loader';
import { Patient } from '../patient/patient.type';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { siteById } from '../site/site.loader';
import { Site } from '../site/site.type';
import { Customer } from '../customer/customer.type';
import { DeviceIdentifierType, DeviceStatus } from './device-status';
import type { DeviceEntity } from './device.entity';
import { DeviceFilter, DevicesArguments } from './device.input';
import { identifiersByDevice, openAssociationByDevice } from './device.loader';
import type { DeviceCountRow } from './device.repository';
import type { DeviceService } from './device.service';
import {
  Device,
  DeviceAssociation,
  DeviceAssociationConnection,
  DeviceConnection,
  DeviceCount,
  DeviceIdentifier,
  DeviceStatusChangeConnection,
} from './device.type';

@Resolver(() => Device)
export class DeviceResolver {
  constructor(private readonly service: DeviceService) {}

  @Query(() => Device, { nullable: true, description: 'One device by its id; null when there is none.' })
  device(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.service.find(ctx, id);
  }

  @Query(() => Device, {
    nullable: true,
    description:
      'One device by one of its identifiers, e.g. the serial number that was scanned; null when there is none.',
  })
  deviceByIdentifier(
    @Ctx() ctx: RequestContext,
    @Arg('identifier', () => String, {
      description: 'Any of its identifiers, without regard to case, spaces, colons and hyphens.',
    })
    identifier: string,
    @Arg('type', () => DeviceIdentifierType, {
      nullable: true,
      description: 'Only an identifier of this type; any when absent.',
    })
    type?: DeviceIdentifierType | null,
  ) {
    return this.service.findByIdentifier(ctx, identifier, type);
  }

  @Query(() => DeviceConnection, {
    nullable: true,
    description: "The customer's devices; those of all customers for operators.",
  })
  devices(@Ctx() ctx: RequestContext, @Args(() => DevicesArguments) request: DevicesArguments) {
    return this.service.list(ctx, request);
  }

  @Query(() => [DeviceCount], {
    nullable: true,
    description: 'Devices counted by item and status; pairs that have none are left out.',
  })
  deviceCounts(
    @Ctx() ctx: RequestContext,
    @Arg('filter', () => DeviceFilter, {
      nullable: true,
      description: 'Which devices to count; all of them when absent.',
    })
    filter?: DeviceFilter | null,
  ) {
    return this.service.count(ctx, filter);
  }

  @FieldResolver(() => Customer, { description: 'Who owns the device.' })
  customer(@Root() device: DeviceEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(customerById, device.customerId);
  }

  @FieldResolver(() => [DeviceIdentifier], {
    description: 'The numbers and addresses that name it; the serial number first.',
  })
  identifiers(@Root() { customerId, id }: DeviceEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(identifiersByDevice, { customerId, id });
  }

  @FieldResolver(() => Item, { description: 'The item that it is a unit of: what kind of thing it is.' })
  item(@Root() device: DeviceEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(itemById, device.itemId);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether its readings are refused: exactly while it is DECOMMISSIONED.',
  })
  readingsDisabled(@Root() device: DeviceEntity): boolean {
    return device.currentStatus === DeviceStatus.DECOMMISSIONED;
  }

  @FieldResolver(() => Site, {
    nullable: true,
    description: 'Where the device is kept; null while it is under way or with a patient who got it by an order.',
  })
  site(@Root() device: DeviceEntity, @Ctx() ctx: RequestContext) {
    return device.siteId === null ? null : ctx.loaders.load(siteById, device.siteId);
  }

  @FieldResolver(() => Patient, {
    nullable: true,
    description: 'The holder: the patient who has the device now; null when nobody has it.',
  })
  patient(@Root() device: DeviceEntity, @Ctx() ctx: RequestContext) {
    return device.patientId === null ? null : ctx.loaders.load(patientById, device.patientId);
  }

  @FieldResolver(() => DeviceAssociation, {
    nullable: true,
    description: 'The association with the patient who has the device now; null when nobody has it.',
  })
  currentAssociation(@Root() { customerId, id, patientId }: DeviceEntity, @Ctx() ctx: RequestContext) {
    return patientId === null ? null : ctx.loaders.load(openAssociationByDevice, { customerId, id });
  }

  @FieldResolver(() => DeviceAssociationConnection, { description: 'Who had the device and when, newest first.' })
  associations(
    @Root() device: DeviceEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ConnectionArguments) page: ConnectionArguments,
  ) {
    return this.service.associationsOfDevice(ctx, device, page);
  }

  @FieldResolver(() => DeviceStatusChangeConnection, {
    description: 'The changes of status, holder and site, newest first.',
  })
  statusHistory(
    @Root() device: DeviceEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ConnectionArguments) page: ConnectionArguments,
  ) {
    return this.service.statusHistory(ctx, device, page);
  }
}

@Resolver(() => DeviceCount)
export class DeviceCountResolver {
  @FieldResolver(() => Item, { description: 'The item that is counted.' })
  item(@Root() count: DeviceCountRow, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(itemById, count.itemId);
  }
}

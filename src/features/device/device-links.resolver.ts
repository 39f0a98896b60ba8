import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { PatientEntity } from '../patient/patient.entity';
import { Patient } from '../patient/patient.type';
import type { RequestContext } from '../../platform/operation/request-context';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import type { SiteEntity } from '../site/site.entity';
import { Site } from '../site/site.type';
import { DevicesArguments } from './device.input';
import { deviceCountsBySite, devicesOfPatient, devicesOfSite } from './device.loader';
import type { DeviceService } from './device.service';
import { DeviceAssociationConnection, DeviceConnection, DeviceCount } from './device.type';

/** Fields of a site that are answered from the rows of devices. */
@Resolver(() => Site)
export class SiteDevicesResolver {
  constructor(private readonly service: DeviceService) {}

  @FieldResolver(() => DeviceConnection, { description: "The customer's devices that are at the site now." })
  devices(
    @Root() site: SiteEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => DevicesArguments) request: DevicesArguments,
  ) {
    return this.service.listOf(ctx, devicesOfSite, site, request);
  }

  @FieldResolver(() => [DeviceCount], {
    description: "The customer's devices at the site, counted by item and status; pairs that have none are left out.",
  })
  deviceCounts(@Root() { customerId, id }: SiteEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(deviceCountsBySite, { customerId, id });
  }
}

/** Fields of a patient that are answered from the rows of devices. */
@Resolver(() => Patient)
export class PatientDevicesResolver {
  constructor(private readonly service: DeviceService) {}

  @FieldResolver(() => DeviceConnection, { description: 'The devices that the patient has now.' })
  devices(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => DevicesArguments) request: DevicesArguments,
  ) {
    return this.service.listOf(ctx, devicesOfPatient, patient, request);
  }

  @FieldResolver(() => DeviceAssociationConnection, {
    description: 'Which devices the patient had and when, newest first.',
  })
  associations(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ConnectionArguments) page: ConnectionArguments,
  ) {
    return this.service.associationsOfPatient(ctx, patient, page);
  }
}
